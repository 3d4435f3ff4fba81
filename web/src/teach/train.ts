/** Training, as it is seen; and what was learned. */
import { batch } from '@preact/signals'
import { engine, listen } from '../engine.ts'
import type { TrainOptions } from '../messages.ts'
import { attempt, report, unasked } from '../notice.ts'
import { BATCH } from './network.ts'
import { saveChoice, saveInterrupted, saveProject, saveWeights } from './project.ts'
import * as state from './state.ts'
import type { Interrupted, Mistake } from './state.ts'

/** Mistakes that are shown. */
const WORST = 12

/** Where the speed is measured from: pictures done, and when. */
let first: { readonly seen: number; readonly at: number } | undefined
/** What was asked for, and what it is about. */
let asked: Pick<TrainOptions, 'epochs' | 'learningRate' | 'augment' | 'state'> = { epochs: 0, learningRate: 0, augment: [] }
let key = ''

/** Notes how far the training is, which need not have begun at its first epoch. */
function noteSpeed(epoch: number, done: number): void {
  const each = state.trainSet.value.length
  const seen = (epoch - 1) * each + done
  first ??= { seen, at: performance.now() }
  if (seen <= first.seen) return
  const rate = (seen - first.seen) / ((performance.now() - first.at) / 1000)
  state.speed.value = { rate, left: (state.epochs.value * each - seen) / rate }
}

listen((message) => {
  if (message.type === 'progress') {
    const { phase, epoch, done, total } = message
    state.progress.value = { phase, epoch, done, total }
    if (phase === 'train' && done) noteSpeed(epoch, done)
  }
  if (message.type === 'epoch') {
    const { report: log, matrix } = message
    state.curve.value = [...state.curve.value, { ...log, epoch: state.curveBefore.value.length + log.epoch }]
    if (matrix) state.matrix.value = matrix
  }
  if (message.type === 'kept') {
    const { length } = state.curveBefore.value
    const { epochs, learningRate, augment } = asked
    const curve = state.curve.value.slice(0, length + message.epochs)
    void saveInterrupted({ state: message.state, key, curve, before: length, epochs, learningRate, augment })
  }
  if (message.type === 'lost') {
    first = undefined
    state.recovered.value = 'The graphics device was reset while it trained. Training went on by itself from the last step that was kept.'
  }
})

/** Trains on from what there is. */
export function train(): Promise<void> {
  if (!state.trained.value) state.curve.value = []
  state.curveBefore.value = state.curve.value
  return run({ epochs: state.epochs.value, learningRate: state.rate.value, augment: state.augment.value })
}

/** Goes on with a training that was interrupted, to the same curve. */
export function goOn({ curve, before: count, epochs, learningRate, augment, state: kept }: Interrupted): Promise<void> {
  state.curveBefore.value = curve.slice(0, count)
  state.curve.value = curve
  state.epochs.value = epochs
  state.chosenRate.value = learningRate
  state.augment.value = augment
  return run({ epochs, learningRate, augment, state: kept })
}

const cardIds = (): string => state.cards.value.map(({ id }) => id).join()

async function run(options: typeof asked): Promise<void> {
  asked = options
  key = state.trainingKey.value
  first = undefined
  state.recovered.value = ''
  state.speed.value = undefined
  state.mistakes.value = []
  state.atBest.value = false
  state.best.value = 0
  state.running.value = 'yes'
  const ids = cardIds()
  let kept = true
  const worked = await attempt('Training', async () => {
    await engine.plan(state.teachPlan.value)
    const result = await engine.train({
      train: state.trainSet.value,
      validation: state.validationSet.value,
      batchSize: BATCH,
      ...options,
    })
    if (cardIds() !== ids)
      throw new Error('Classes came or went while it trained, so that what it learned is not about these: train once more.')
    kept = await keepLearned()
    batch(() => {
      state.best.value = result.best && state.curveBefore.value.length + result.best
      state.trained.value = true
      state.interrupted.value = undefined
      ended()
    })
    kept = (await saveProject()) && kept
    if (kept) await saveInterrupted(undefined) // last: until then, the training could go on
  })
  if (!worked) {
    ended()
    state.recovered.value = ''
    return
  }
  const seen = await unasked('Looking for mistakes', findMistakes)
  if (seen && kept)
    report(
      `Trained. Try it below${state.validationSet.value.length ? '' : '; give each class three pictures or more to have some checked'}.`,
    )
}

function ended(): void {
  state.running.value = 'no'
  state.progress.value = undefined
}

/** Keeps what was learned, and with which network, where it was not the one that was kept. @returns whether nothing failed */
async function keepLearned(): Promise<boolean> {
  const weights = await engine.saveWeights()
  if (state.missing.value) await saveChoice(state.choice.value)
  state.missing.value = undefined
  return saveWeights(weights)
}

/** The pictures that the network is most wrong about. */
export async function findMistakes(): Promise<void> {
  state.mistakes.value = []
  const asked = [...state.validationSet.value, ...state.trainSet.value]
  const guesses = new Map((await engine.judge(asked)).map(({ id, probabilities }) => [id, probabilities]))
  const found = state.cards.value.flatMap(({ name, pictures }): Mistake[] =>
    pictures.flatMap((picture) => {
      const probabilities = guesses.get(picture.id)
      if (!probabilities) return []
      const probability = Math.max(...probabilities)
      const guess = state.classNames.value[probabilities.indexOf(probability)]!
      return guess === name ? [] : [{ picture, is: name, guess, probability }]
    }),
  )
  state.mistakes.value = found.sort((a, b) => b.probability - a.probability).slice(0, WORST)
}

export async function pause(): Promise<void> {
  await engine.control('pause')
  state.running.value = 'paused'
}

export async function resume(): Promise<void> {
  await engine.control('resume')
  state.running.value = 'yes'
}

/** Ends it after the step that it is in; what was learned stays. */
export const stop = (): Promise<void> => engine.control('stop')

export async function backToBest(): Promise<void> {
  await attempt('Going back to the best epoch', async () => {
    await engine.restoreBest()
    await keepLearned()
    state.atBest.value = true
    await findMistakes()
  })
}
