/** The fit loop. */
import { ArgumentError, DataError } from '../errors.ts'
import type { Graph } from '../graph/graph.ts'
import { Plan, type PlanInputs } from '../plan/plan.ts'
import type { SplitGraph } from '../graph/split.ts'
import type { Parameter } from '../parameter.ts'
import { checkData, inOrder, rowWeights, shuffled, type LabelledData, type Loss, type Samples } from './data.ts'
import { cachedFeed, plainFeed, runPass, type Feed, type Scores } from './pass.ts'
import { featureBytes } from './features.ts'
import { evaluationGraph, lossGraph, splitLoss, trainingGraph } from './graphs.ts'
import type { Engine, Model } from './model.ts'
import type { Optimizer } from './optimizers.ts'

export interface FitProgress {
  readonly phase: 'features' | 'train' | 'validate'
  /** From 0. */
  readonly epoch: number
  readonly epochs: number
  /** Samples done and in all, in this phase. */
  readonly done: number
  readonly total: number
}

export interface EpochLog {
  /** From 0. */
  readonly epoch: number
  readonly loss: number
  readonly accuracy: number
  /** Absent without validation data. */
  readonly valLoss?: number
  readonly valAccuracy?: number
  /** Wall-clock seconds, validation included; for the first epoch with the time of the trunk. */
  readonly seconds: number
}

export interface History {
  readonly epochs: readonly EpochLog[]
  /** Seconds spent on the frozen trunk, once for all epochs; 0 where no features were kept. */
  readonly trunkSeconds: number
}

export interface FitOptions {
  /** Default 1. */
  epochs?: number
  /** Default 32. */
  batchSize?: number
  /** Shuffle the samples before every epoch. Default true. */
  shuffle?: boolean
  /** For shuffling and dropout. Same seed, same adapter: the same bits. Default 0. */
  seed?: number
  validationData?: LabelledData
  /** Keep the features of the frozen trunk. Default: where they take less than 2 GiB. */
  cacheFeatures?: boolean
  /** Samples per run of the trunk. Default 32, fewer where that would exceed the adapter's limits. */
  featureBatchSize?: number
  signal?: AbortSignal
  onProgress?: (progress: FitProgress) => void
  onEpochEnd?: (log: EpochLog) => void
}

export interface FitEngine extends Omit<Engine, 'optimizer' | 'loss' | 'step'> {
  readonly optimizer: Optimizer
  readonly loss: Loss | undefined
  /** Counts one optimizer step and returns its number, from 1. */
  advance(): number
}

const CACHE_LIMIT = 2 * 1024 ** 3

/** One kind of pass, training or validation: its graph for a batch, and what it feeds on. */
interface Side {
  readonly samples: Samples
  readonly split: SplitGraph | undefined
  readonly training: boolean
}

function checkOptions({ epochs = 1, batchSize = 32, seed = 0 }: FitOptions): { epochs: number; batchSize: number; seed: number } {
  const whole = { epochs, batchSize }
  for (const [what, value] of Object.entries(whole)) {
    if (!Number.isInteger(value) || value < 1) throw new ArgumentError('fit', `${what} must be a positive whole number, got ${value}`)
  }
  if (!Number.isInteger(seed)) throw new ArgumentError('fit', `seed must be a whole number, got ${seed}`)
  return { epochs, batchSize, seed }
}

/** Whether to keep features, and the graphs for that. */
function side(model: Model, data: LabelledData, engine: FitEngine, options: FitOptions, training: boolean): Side {
  const samples = checkData('fit', data, engine.loss!, model.input.shape, model.outputs[0]!.shape)
  if (options.cacheFeatures === false) return { samples, split: undefined, training }
  const batch = model.fittingBatch(
    options.featureBatchSize,
    samples.count,
    (n) => splitLoss(model, n, training)?.trunk ?? lossGraph(model, n, training),
  )
  const split = splitLoss(model, batch, training)
  const small = split && featureBytes(split.features, samples.count) < CACHE_LIMIT
  return { samples, split: small || options.cacheFeatures ? split : undefined, training }
}

async function feedOf(s: Side, engine: FitEngine, signal: AbortSignal | undefined, onBatch: (done: number) => void): Promise<Feed> {
  if (!s.split) return plainFeed(s.samples)
  const batchSize = s.split.features[0]!.shape[0]!
  return cachedFeed(engine.store, s.split, s.samples, { batchSize, signal, onBatch })
}

/** The part of the loss graph that every epoch runs, for one batch size. */
function headGraph(model: Model, s: Side, batch: number): Graph {
  return s.split ? splitLoss(model, batch, s.training)!.head : lossGraph(model, batch, s.training)
}

/** Trains; see Model.fit. */
export async function fit(model: Model, engine: FitEngine, data: LabelledData, options: FitOptions): Promise<History> {
  const { epochs, batchSize, seed } = checkOptions(options)
  const { store, optimizer, sums } = engine
  const { signal } = options
  const train = side(model, data, engine, options, true)
  const validation = options.validationData && side(model, options.validationData, engine, options, false)
  const graph = trainingGraph(headGraph(model, train, batchSize), optimizer, engine.states, sums)
  const moments = new Set([...engine.states.values()].flat().filter((p) => !engine.parameters.has(p)))
  await store.load(moments, signal ? { signal } : {})
  moments.forEach((p: Parameter) => engine.parameters.add(p))

  const started = performance.now()
  const elapsed = (since: number) => (performance.now() - since) / 1000
  const report =
    (phase: FitProgress['phase'], epoch: number, total: number, offset = 0) =>
    (done: number) =>
      options.onProgress?.({ phase, epoch, epochs, done: done + offset, total })

  signal?.throwIfAborted()
  const kept = (s: Side | undefined) => (s?.split ? s.samples.count : 0)
  const featureTotal = kept(train) + kept(validation)
  const trainFeed = await feedOf(train, engine, signal, report('features', 0, featureTotal))
  const validationFeed = validation && (await feedOf(validation, engine, signal, report('features', 0, featureTotal, kept(train))))
  const trunkSeconds = featureTotal ? elapsed(started) : 0

  const plans: Plan[] = []
  const log: EpochLog[] = []
  try {
    const plan = await Plan.compile(store, graph)
    plans.push(plan)
    const validationPlan = validation && (await Plan.compile(store, evaluationGraph(headGraph(model, validation, batchSize), sums)))
    if (validationPlan) plans.push(validationPlan)
    const extra = stepInputs(engine, graph, batchSize, seed)
    for (let epoch = 0; epoch < epochs; epoch++) {
      const since = epoch === 0 ? started : performance.now()
      const order = options.shuffle === false ? inOrder(train.samples.count) : shuffled(train.samples.count, seed + epoch)
      const common = { store, sums, batchSize, signal }
      const onBatch = report('train', epoch, train.samples.count)
      const scores = await runPass({ ...common, plan, feed: trainFeed, order, extra, onBatch })
      let valid: Scores | undefined
      if (validationPlan && validationFeed) {
        const { count } = validationFeed.samples
        valid = await runPass({
          ...common,
          plan: validationPlan,
          feed: validationFeed,
          order: inOrder(count),
          onBatch: report('validate', epoch, count),
        })
      }
      const entry = { epoch, ...scores, ...(valid && { valLoss: valid.loss, valAccuracy: valid.accuracy }), seconds: elapsed(since) }
      log.push(entry)
      options.onEpochEnd?.(entry)
    }
  } finally {
    plans.forEach((p) => p.dispose())
  }
  return { epochs: log, trunkSeconds }
}

/** Values of the training plan's inputs that change from step to step. */
function stepInputs(engine: FitEngine, graph: Graph, batchSize: number, seed: number): (valid: number) => PlanInputs {
  const draws = graph.nodes.some((n) => n.kind === 'input' && n.name === 'seed')
  return (valid) => {
    const step = engine.advance()
    if (step > 2 ** 31) throw new DataError('fit', `optimizer steps must be fewer than 2^31, got ${step}`)
    const inputs = { dLoss: rowWeights(valid, batchSize, 1 / valid), hyper: engine.optimizer.hyper(step) }
    return draws ? { ...inputs, seed: Uint32Array.of((seed ^ Math.imul(step, 0x9e3779b9)) >>> 0) } : inputs
  }
}
