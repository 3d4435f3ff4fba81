/** Training, as it is seen; and what was learned. */
import { engine, listen } from '../engine.ts'
import type { EpochReport, TrainOptions } from '../messages.ts'
import { attempt, report } from '../notice.ts'
import { BATCH } from './network.ts'
import { saveChoice, saveInterrupted, saveWeights } from './project.ts'
import * as state from './state.ts'
import type { Interrupted, Mistake } from './state.ts'

/** Mistakes that are shown. */
const WORST = 12

let began = 0
let before: readonly EpochReport[] = []
/** What was asked for, and what it is about. */
let asked: Pick<TrainOptions, 'epochs' | 'learningRate' | 'augment' | 'state'> = { epochs: 0, learningRate: 0, augment: [] }
let key = ''

/** Pictures done of all that this training will look at. */
function speedOf(epoch: number, done: number): { rate: number; left: number } {
  const each = state.trainSet.value.length
  const seen = (epoch - 1) * each + done
  const rate = seen / ((performance.now() - began) / 1000)
  return { rate, left: (state.epochs.value * each - seen) / rate }
}

listen((message) => {
  if (message.type === 'progress') {
    const { phase, epoch, done, total } = message
    if (phase === 'train' && epoch === 1 && done <= BATCH) began = performance.now()
    state.progress.value = { phase, epoch, done, total }
    if (phase === 'train' && done && (epoch > 1 || done > BATCH)) state.speed.value = speedOf(epoch, done)
  }
  if (message.type === 'epoch') {
    const { report: log, matrix } = message
    state.curve.value = [...state.curve.value, { ...log, epoch: before.length + log.epoch }]
    if (matrix) state.matrix.value = matrix
  }
  if (message.type === 'kept') {
    const { length } = before
    const { epochs, learningRate, augment } = asked
    const curve = state.curve.value.slice(0, length + message.epochs)
    void saveInterrupted({ state: message.state, key, curve, before: length, epochs, learningRate, augment })
  }
  if (message.type === 'lost')
    state.recovered.value = 'The graphics device was reset while it trained. Training went on by itself from the last step that was kept.'
})

/** Trains on from what there is. */
export function train(): Promise<void> {
  if (!state.trained.value) state.curve.value = []
  before = state.curve.value
  return run({ epochs: state.epochs.value, learningRate: state.rate.value, augment: state.augment.value })
}

/** Goes on with a training that was interrupted, to the same curve. */
export function goOn({ curve, before: count, epochs, learningRate, augment, state: kept }: Interrupted): Promise<void> {
  before = curve.slice(0, count)
  state.curve.value = curve
  state.epochs.value = epochs
  state.chosenRate.value = learningRate
  state.augment.value = augment
  return run({ epochs, learningRate, augment, state: kept })
}

async function run(options: typeof asked): Promise<void> {
  asked = options
  key = state.trainingKey.value
  began = performance.now()
  state.recovered.value = ''
  state.speed.value = undefined
  state.mistakes.value = []
  state.atBest.value = false
  state.best.value = 0
  state.running.value = 'yes'
  let kept = true
  const worked = await attempt('Training', async () => {
    await engine.plan(state.teachPlan.value)
    const result = await engine.train({
      train: state.trainSet.value,
      validation: state.validationSet.value,
      batchSize: BATCH,
      ...options,
    })
    await saveInterrupted(undefined)
    kept = await keepLearned()
    state.best.value = result.best && before.length + result.best
    state.trained.value = true
    await findMistakes()
  })
  state.running.value = 'no'
  state.progress.value = undefined
  if (!worked) state.recovered.value = ''
  if (worked && kept)
    report(
      `Trained. Try it below${state.validationSet.value.length ? '' : '; give each class three pictures or more to have some checked'}.`,
    )
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
