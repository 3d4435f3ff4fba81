/** The fit loop. */
import { ArgumentError, DataError, isOutOfMemory } from '../errors.ts'
import { described } from '../described.ts'
import type { Graph } from '../graph/graph.ts'
import type { SplitGraph } from '../graph/split.ts'
import type { Plan, PlanInputs, Started } from '../plan/plan.ts'
import type { Feed } from './batches.ts'
import { nthSeed, shuffled } from './data.ts'
import { once, type Engine } from './engine.ts'
import { readLogs, runEvaluation } from './evaluate.ts'
import { featureBytes, hostSource, keepFeatures, storedBytes, type Source } from './features.ts'
import { evaluationGraph, gatheringGraph, lossGraph, splitLoss, trainingGraph } from './graphs.ts'
import type { Structure } from '../structure.ts'
import type { Tensor } from '../tensor.ts'
import { checkLabelled, typesOf, type Labelled, type LabelledData } from './inputs.ts'
import type { Loss } from './losses.ts'
import type { Logs, Tally } from './metrics.ts'
import { checkOptions } from './options.ts'
import type { Optimizer } from './optimizers.ts'
import { runPass } from './pass.ts'
import { checkState, setState, type TrainerState } from './state.ts'

export interface FitProgress {
  readonly phase: 'features' | 'train' | 'validate'
  /** From 0, or on from that of `state`. */
  readonly epoch: number
  readonly epochs: number
  /** Samples done, in `train` those of the steps that are begun, and samples in all, in this phase. */
  readonly done: number
  readonly total: number
}

export interface EpochLog {
  /** From 0, or on from that of `state`. */
  readonly epoch: number
  /** By Keras's names: `loss` and the metrics (`accuracy`); with validation data also `val_loss`, `val_accuracy`. */
  readonly logs: Logs
  /** Wall-clock seconds, validation included; for the first epoch with the time of the trunk. */
  readonly seconds: number
}

export interface History {
  readonly epochs: readonly EpochLog[]
  /** Seconds spent on the frozen trunk, once for all epochs; 0 where no features were kept. */
  readonly trunkSeconds: number
}

export interface FitOptions {
  /** Epochs to train; with `state`, in all: those that it has done count. Default 1. */
  epochs?: number
  /** Default 32. */
  batchSize?: number
  /** Shuffle the samples before every epoch. Default true. */
  shuffle?: boolean
  /**
   * For shuffling and dropout. Same seed, same adapter: the same bits. What is drawn depends on how many epochs and steps the model was trained
   * since compile, so that several calls with one seed draw as one call would. Default 0, or that of `state`.
   */
  seed?: number
  /**
   * Where to go on, be it in the middle of an epoch: what `trainerState` gave, of this model or one made alike. With the same data and options,
   * training then goes on to the bit. The optimizer's learning rate is not in it.
   */
  state?: TrainerState
  validationData?: LabelledData<Structure<Tensor>>
  /**
   * Keep the features of the frozen trunk: on the device, where they fit `openDevice({ featureMemory })`, else in the host's memory. Default:
   * where they take less than 2 GiB.
   */
  cacheFeatures?: boolean
  /** Samples per run of the trunk. Default 32, fewer where that would exceed the adapter's limits. */
  featureBatchSize?: number
  signal?: AbortSignal
  onProgress?: (progress: FitProgress) => void
  onEpochEnd?: (log: EpochLog) => void
}

/** An engine that can train. */
export type TrainingEngine = Engine & { readonly optimizer: Optimizer; readonly loss: Loss }

const CACHE_LIMIT = 2 * 1024 ** 3

/** One kind of pass, training or validation: what it feeds on, and its graphs. */
interface Side {
  readonly name: 'training' | 'validation'
  readonly labelled: Labelled
  readonly tally: Tally
  /** Trunk and head for so many samples at a time; undefined where no features are kept. */
  readonly split: SplitGraph | undefined
  /** The part of the loss graph that every epoch runs, for one batch size. */
  readonly head: (batch: number) => Graph
}

type Settings = Required<Pick<FitOptions, 'epochs' | 'batchSize' | 'shuffle' | 'seed'>>

function settingsOf(options: FitOptions): Settings {
  checkOptions('fit', options, {
    epochs: 'positive whole number',
    batchSize: 'positive whole number',
    featureBatchSize: 'positive whole number',
    shuffle: 'boolean',
    cacheFeatures: 'boolean',
    signal: 'AbortSignal',
    onProgress: 'function',
    onEpochEnd: 'function',
  })
  const { epochs = 1, batchSize = 32, shuffle = true, state } = options
  if (state !== undefined) checkState(state)
  const seed = options.seed ?? state?.seed ?? 0
  if (!Number.isInteger(seed)) throw new ArgumentError('fit', `seed must be a whole number, got ${described(seed)}`)
  if (state && state.seed !== seed) throw new ArgumentError('fit', `seed must be that of state, ${state.seed}, got ${seed}`)
  return { epochs, batchSize, shuffle, seed }
}

/** Whether to keep features, and the graphs for that. Each is built once. */
function sideOf(engine: TrainingEngine, labelled: Labelled, tally: Tally, options: FitOptions, name: Side['name']): Side {
  const { network, loss } = engine
  const objective = { loss, tally, target: labelled.targets.shape.slice(1), types: typesOf(labelled.samples) }
  const whole = once((n) => lossGraph(network, objective, n, name === 'training'))
  const side = { name, labelled, tally, split: undefined, head: whole }
  if (options.cacheFeatures === false) return side
  const { count } = labelled.samples
  const splits = once((n) => splitLoss(network, whole(n)))
  const trained = network.weights.filter((w) => w.trainable).length // another trunk where more is frozen
  const batch = engine.fittingBatch(`features ${name} ${trained}`, options.featureBatchSize, count, (n) => splits(n)?.trunk ?? whole(n))
  const split = splits(batch)
  if (!split || (!options.cacheFeatures && featureBytes(split.features, count) >= CACHE_LIMIT)) return side
  return { ...side, split, head: (n) => splits(n)!.head }
}

/**
 * What every epoch of each side feeds on. Runs the frozen trunk where its features are kept.
 * @param room bytes of them that the device may take, of the first side before the second
 */
async function sourcesOf(engine: Engine, sides: readonly Side[], room: number, options: FitOptions, settings: Settings): Promise<Source[]> {
  const report = reporter(options, settings)
  const kept = ({ split, labelled }: Side) => (split ? labelled.samples.count : 0)
  const total = sides.reduce((sum, side) => sum + kept(side), 0)
  const sources: Source[] = []
  let done = 0
  let left = room
  for (const side of sides) {
    const { name, split, labelled } = side
    const pass = { room: left, signal: options.signal, onBatch: report('features', firstEpoch(options), total, done) }
    const source = split ? await keepFeatures(engine, name, split, labelled, pass) : hostSource(labelled.samples, { t: labelled.targets })
    sources.push(source)
    done += kept(side)
    left -= storedBytes(source.stored)
  }
  return sources
}

/** Brings the state to where training begins: that of the options, or the start of the next epoch. */
async function begin(engine: Engine, { state, signal }: FitOptions, seed: number, count: number): Promise<void> {
  if (state) await setState(engine, state, count)
  await engine.betweenSteps(async () => {
    await engine.adoptMoments(signal ? { signal } : {})
    const { progress } = engine
    if (!state && progress.position) Object.assign(progress, { epoch: progress.epoch + 1, position: 0 }) // the unfinished epoch is given up
    progress.seed = seed
  })
}

/** Trains; see Model.fit. */
export async function fit(engine: TrainingEngine, data: LabelledData<Structure<Tensor>>, options: FitOptions): Promise<History> {
  const settings = settingsOf(options)
  const { network, loss } = engine
  const train = checkLabelled('fit', data, network, loss)
  const validation = options.validationData === undefined ? undefined : checkLabelled('fit', options.validationData, network, loss)
  return engine.whileTraining(() => run(engine, train, validation, options, settings))
}

/** What a validation runs. */
interface Validation {
  readonly plan: Plan
  readonly feed: Feed
  readonly tally: Tally
}

/** What the epochs run. */
interface Prepared {
  readonly plan: Plan
  readonly feed: Feed
  readonly validation: Validation | undefined
  /** When `fit` began. */
  readonly started: number
}

async function run(
  engine: TrainingEngine,
  labelled: Labelled,
  validation: Labelled | undefined,
  options: FitOptions,
  settings: Settings,
): Promise<History> {
  const train = sideOf(engine, labelled, engine.tally, options, 'training')
  const validate = validation && sideOf(engine, validation, engine.validationTally, options, 'validation')
  const graph = trainingGraph(train.head(settings.batchSize), engine.optimizer, (w) => engine.momentsOf(w))
  await begin(engine, options, settings.seed, labelled.samples.count)
  options.signal?.throwIfAborted()

  const { step } = engine.progress
  const started = performance.now()
  const job = (room: number) => runSides(engine, { train, validate, graph, started, room }, options, settings)
  try {
    return await job(engine.device.featureMemory)
  } catch (error) {
    // There was room for the features, and then none for what trains.
    const again = isOutOfMemory(error) && engine.progress.step === step && engine.releaseRows()
    if (!again) throw error
    return await job(0)
  } finally {
    engine.releaseRows()
  }
}

interface Sides {
  readonly train: Side
  readonly validate: Side | undefined
  /** Of a training step. */
  readonly graph: Graph
  readonly started: number
  /** Bytes of features and targets that the device may take. */
  readonly room: number
}

/** Features of the frozen trunk, then the epochs. */
async function runSides(
  engine: TrainingEngine,
  { train, validate, graph, started, room }: Sides,
  options: FitOptions,
  settings: Settings,
): Promise<History> {
  const sides = validate ? [train, validate] : [train]
  const [source, validationSource] = (await sourcesOf(engine, sides, room, options, settings)) as [Source, Source?]
  const trunkSeconds = sides.some((s) => s.split) ? (performance.now() - started) / 1000 : 0
  const epochs = await engine.planned(gatheringGraph(graph, source.stored), async (plan) => {
    const trainAll = (validation?: Validation) => trainEpochs(engine, { plan, feed: source.feed, validation, started }, options, settings)
    if (!validate || !validationSource) return trainAll()
    const { tally } = validate
    await engine.adopt([...tally.parameters])
    const evaluation = gatheringGraph(evaluationGraph(validate.head(settings.batchSize)), validationSource.stored)
    return engine.planned(evaluation, (plan) => trainAll({ plan, feed: validationSource.feed, tally }))
  })
  return { epochs, trunkSeconds }
}

const firstEpoch = ({ state }: FitOptions) => state?.epoch ?? 0

/** Gives what tells of the progress of a phase. */
function reporter({ onProgress }: FitOptions, { epochs }: Settings) {
  return (phase: FitProgress['phase'], epoch: number, total: number, offset = 0) =>
    (done: number) =>
      onProgress?.({ phase, epoch, epochs, done: done + offset, total })
}

async function trainEpochs(
  engine: TrainingEngine,
  { plan, feed, validation, started }: Prepared,
  options: FitOptions,
  settings: Settings,
): Promise<EpochLog[]> {
  const { batchSize, epochs } = settings
  const { signal } = options
  const report = reporter(options, settings)
  const first = firstEpoch(options)
  const log: EpochLog[] = []
  for (let epoch = first; epoch < epochs; epoch++) {
    const since = epoch === first ? started : performance.now()
    const logs = { ...(await trainEpoch(engine, plan, feed, settings, signal, report('train', epoch, feed.count))) }
    if (validation) {
      const onBatch = report('validate', epoch, validation.feed.count)
      const scores = await runEvaluation('fit', engine, validation, { feed: validation.feed, batchSize, signal, onBatch })
      for (const [name, value] of Object.entries(scores)) logs[`val_${name}`] = value
    }
    await engine.betweenSteps(() => Object.assign(engine.progress, { epoch: engine.progress.epoch + 1, position: 0 }))
    const entry = { epoch, logs, seconds: (performance.now() - since) / 1000 }
    log.push(entry)
    options.onEpochEnd?.(entry)
  }
  return log
}

/** Trains on from the engine's position to the end of its epoch. */
async function trainEpoch(
  engine: TrainingEngine,
  plan: Plan,
  feed: Feed,
  { batchSize, shuffle, seed }: Settings,
  signal: AbortSignal | undefined,
  onBatch: (done: number) => void,
): Promise<Logs> {
  const { progress, tally, store } = engine
  const from = progress.position
  if (!from) await engine.betweenSteps(() => tally.write(store))
  await runPass({
    plan,
    feed,
    batchSize,
    ...(shuffle && { order: shuffled(feed.count, nthSeed(seed, progress.epoch)) }),
    from,
    signal,
    start: async (inputs, { end }) => {
      const started = await engine.betweenSteps(() => step(engine, plan, inputs, end))
      onBatch(end) // not when it is done: a state that is taken now, or a training that is stopped, is that after this step
      return started
    },
  })
  return readLogs('fit', engine, tally)
}

/** Begins one step of the optimizer, after which `position` samples of the epoch are done. */
async function step({ progress, optimizer }: TrainingEngine, plan: Plan, inputs: PlanInputs, position: number): Promise<Started> {
  const step = progress.step + 1
  if (step > 2 ** 31) throw new DataError('fit', `optimizer steps must be fewer than 2^31, got ${step}`)
  const draws = plan.inputTypes.has('seed') && { seed: Uint32Array.of(nthSeed(progress.seed, step)) }
  const started = await plan.start({ ...inputs, hyper: optimizer.hyper(step), ...draws }, [])
  Object.assign(progress, { step, position })
  return started
}
