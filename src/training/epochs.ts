/** Epochs: passes of steps, each with its validation, and whoever hears of them. */
import { DataError } from '../errors.ts'
import type { Plan } from '../plan/plan.ts'
import type { Batch, BatchStream } from './batches.ts'
import type { Callback, Callbacks, EpochLogs, Training } from './callbacks/callback.ts'
import { NOT_FINITE, runEvaluation, type Scores } from './evaluate.ts'
import type { EpochLog, FitOptions, FitProgress, Settings, TrainingEngine } from './fit_options.ts'
import type { Keeper } from './keeper.ts'
import type { Tally } from './metrics/index.ts'
import { runPass } from './pass.ts'
import { countOf, inOrderBy, type Source } from './sources.ts'
import { setState } from './state.ts'
import type { Steps } from './steps.ts'
import { NotFinite, Watch } from './watch.ts'

/** What a validation runs. */
export interface Validation {
  readonly plan: Plan
  readonly tally: Tally
  readonly source: Source
  readonly batchSize: number
}

/** What the epochs run, on the device that there is now. */
export interface Epochs {
  readonly steps: Steps
  readonly source: Source
  readonly validation: Validation | undefined
}

/** One call of `fit`, whatever devices it takes. */
export interface Session {
  readonly engine: TrainingEngine
  readonly options: FitOptions
  readonly settings: Settings
  readonly callbacks: Callbacks
  readonly training: Training
  readonly keeper: Keeper
  /** What has been told of. */
  readonly told: Told
}

/** How far callbacks have heard: what is trained again on another device is not told of again. */
export interface Told {
  /** Epochs of the engine that are none of this call: what lies between its count and that of `fit`. */
  base: number
  began: boolean
  /** The epoch that has begun, and when. */
  epoch: number
  since: number
  /** Steps that have begun, and that have been told to the end. */
  begun: number
  step: number
  /** The last epoch that has ended, and how many callbacks have heard of it. */
  ended: { readonly entry: EpochLog & { logs: EpochLogs }; heard: number } | undefined
  readonly log: EpochLog[]
}

/** Gives what tells of the progress of a phase. */
export function reporter({ onProgress }: FitOptions, { epochs }: Settings) {
  return (phase: FitProgress['phase'], epoch: number, total: number) => (done: number) =>
    onProgress?.({ phase, epoch, epochs, done, total })
}

/** Trains from where the engine is to the last epoch, or until somebody stops it. @throws DataError where the loss is not finite */
export async function trainEpochs(session: Session, job: Epochs): Promise<void> {
  const { engine, callbacks, training, told, settings, options } = session
  const { progress } = engine
  if (!told.began) {
    await callbacks.tell((c) => c.onTrainBegin?.(training))
    if (options.state?.callbacks) callbacks.setState(options.state.callbacks, training)
    told.began = true
  }
  for (;;) {
    const epoch = progress.epoch - told.base
    const over = epoch >= settings.epochs || training.stopTraining
    if (over && progress.step >= told.step && !isOwed(session)) break
    if (!(await runEpoch(session, job, epoch))) break
  }
  if (!settings.byHand) await engine.betweenSteps(() => engine.takeAverages()) // before callbacks, which may put others, as in Keras
  await callbacks.tell((c) => c.onTrainEnd?.(told.log.at(-1)?.logs, training))
}

/** @returns whether training can go on */
async function runEpoch(session: Session, job: Epochs, epoch: number): Promise<boolean> {
  const { engine, callbacks, training, told } = session
  if (told.epoch < epoch) {
    await callbacks.tell((c) => c.onEpochBegin?.(epoch, training))
    Object.assign(told, { epoch, since: told.epoch < 0 ? told.since : performance.now() })
  }
  let scores: Scores
  let good = true
  try {
    scores = await trainEpoch(session, job, epoch)
  } catch (error) {
    if (!(error instanceof NotFinite)) throw error
    scores = error.scores
    good = false
    await restore(session, error)
  }
  if (!told.ended || told.ended.entry.epoch < epoch) {
    const found = job.validation && (await validate(session, job.validation, epoch))
    const [logs, details] = [
      { ...scores.logs, ...validated(found?.logs) },
      { ...scores.details, ...validated(found?.details) },
    ]
    const seconds = (performance.now() - told.since) / 1000
    const entry = { epoch, logs, ...(Object.keys(details).length && { details }), seconds }
    told.log.push(entry)
    told.ended = { entry, heard: 0 }
  }
  if (good) await engine.betweenSteps(() => Object.assign(engine.progress, { epoch: engine.progress.epoch + 1, position: 0 }))
  if (told.ended?.entry.epoch === epoch) await tellEnd(session)
  return good
}

/** What a validation has found, under its names. */
function validated<T>(found: Readonly<Record<string, T>> = {}): Record<string, T> {
  return Object.fromEntries(Object.entries(found).map(([name, value]) => [`val_${name}`, value]))
}

/** Whether callbacks have yet to hear of the end of an epoch. */
function isOwed({ told, callbacks }: Session): boolean {
  return told.ended !== undefined && told.ended.heard <= callbacks.list.length
}

async function tellEnd({ callbacks, training, told, options }: Session): Promise<void> {
  const { ended } = told
  const { entry } = ended!
  const last: Callback = { onEpochEnd: () => options.onEpochEnd?.(entry) } // a state that it asks for has what callbacks have counted
  for (const c of [...callbacks.list, last].slice(ended!.heard)) {
    await c.onEpochEnd?.(entry.epoch, entry.logs, training)
    ended!.heard++
  }
}

/** Puts the last good state in the place of what is not finite. @throws DataError unless a callback ends the training in order */
async function restore({ engine, callbacks, training, keeper }: Session, { scores: { logs } }: NotFinite): Promise<void> {
  await keeper.settled()
  const { good } = keeper
  if (good) await setState(engine, good)
  if (!callbacks.has('onNotFinite')) {
    const step = good ? `; the weights are those of step ${good.step}` : ''
    throw new DataError('fit', `the loss must be finite, got ${logs.loss} (${NOT_FINITE})${step}`)
  }
  await callbacks.tell((c) => c.onNotFinite?.(training))
}

/** Until training shall stop, and is as far as it was when that was said. */
async function* untilStopped(batches: BatchStream, { engine, training, told }: Session): AsyncGenerator<Batch> {
  for await (const batch of batches) {
    yield batch
    if (training.stopTraining && engine.progress.step >= told.step) return
  }
}

/** Trains on from the engine's position to the end of its epoch. @throws NotFinite */
async function trainEpoch(session: Session, { steps, source }: Epochs, epoch: number): Promise<Scores> {
  const { engine, callbacks, training, keeper, told, options, settings } = session
  const { progress, tally } = engine
  const { batchSize, shuffle, seed, stepsPerEpoch } = settings
  const { signal } = options
  const onBatch = reporter(options, settings)('train', epoch, countOf(source, batchSize, stepsPerEpoch))
  const watch = new Watch(engine)
  const from = progress.position
  if (!from) await engine.betweenSteps(() => tally.write(engine.store))
  let batchNumber = Math.ceil(from / batchSize)
  const request = { batchSize, from, steps: stepsPerEpoch, shuffle, seed, epoch: progress.epoch, signal }
  const pass = runPass({
    batches: untilStopped(source.batches(request), session),
    signal,
    start: async (batch) => {
      watch.look()
      if (!settings.byHand) await keeper.keep()
      const n = batchNumber++
      const next = progress.step + 1
      if (told.begun < next && callbacks.has('onTrainBatchBegin')) await callbacks.tell((c) => c.onTrainBatchBegin?.(n, training))
      told.begun = Math.max(told.begun, next)
      const started = await steps.start(batch)
      if (told.step >= progress.step) return started
      told.step = progress.step
      onBatch(batch.done) // not when it is done: a state that is taken now, or a training that is stopped, is that after this step
      if (callbacks.has('onTrainBatchEnd')) {
        const logs = async (): Promise<EpochLogs> => ({ ...(await watch.read()).logs })
        await callbacks.tell((c) => c.onTrainBatchEnd?.(n, logs, training))
      }
      return started
    },
  })
  await pass.finally(() => watch.settled())
  return watch.close()
}

async function validate(session: Session, { plan, tally, source, batchSize }: Validation, epoch: number): Promise<Scores> {
  const { engine, callbacks, training, options, settings } = session
  const { validationSteps } = settings
  const pass = {
    batches: source.batches(inOrderBy(batchSize, options.signal, validationSteps)),
    batchSize,
    signal: options.signal,
    onBatch: reporter(options, settings)('validate', epoch, countOf(source, batchSize, validationSteps)),
  }
  return runEvaluation(engine, { plan, tally }, pass, { callbacks, training })
}
