/** Runs a plan over all samples and keeps what comes out. */
import { described } from '../described.ts'
import { ArgumentError } from '../errors.ts'
import type { Augmentation } from '../layers/augmentation/augmentation.ts'
import { checkOptions } from '../options.ts'
import type { Plan } from '../plan/plan.ts'
import { sizeOf, type Shape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { nthSeed } from '../random.ts'
import { checkAugmentation } from './augment.ts'
import { Filler, within, type BatchStream } from './batches.ts'
import { once, type Engine } from './engine.ts'
import { samplesGiven } from './given.ts'
import { predictGraph } from './graphs.ts'
import { runPass } from './pass.ts'
import { countOf, inOrderBy } from './sources.ts'

/** What belongs to every run over samples. */
export interface RunOptions {
  /**
   * Samples per run. Default 32, fewer for few samples or where 32 would exceed the adapter's limits; of a dataset its own; of other batches as
   * many as the first has.
   */
  batchSize?: number
  signal?: AbortSignal
  /** Samples done so far, and in all: Infinity where nobody knows. */
  onProgress?: (done: number, total: number) => void
}

export interface PredictOptions extends RunOptions {
  /** Batches of the pass; data that does not end needs it. Default: all that there are. */
  steps?: number
}

/** What `predict` takes besides: several predictions of samples that are augmented, averaged (test-time augmentation). */
export interface AugmentedPredictOptions extends PredictOptions {
  /**
   * true: the Random* layers of the model draw as in training, and nothing else changes: dropout passes, statistics stay. A list: these layers before the
   * model, which has one input, and those in it. Default false.
   */
  augment?: boolean | readonly Augmentation[]
  /** How many predictions are averaged where there is augmentation. Default 8. */
  times?: number
  /** Of what is drawn. Same seed, batch size and adapter: the same bits. Default 0. */
  seed?: number
}

/** What `checkOptions` takes for RunOptions. */
export const RUN_OPTIONS = { batchSize: 'positive whole number', signal: 'AbortSignal', onProgress: 'function' } as const

/** What `checkOptions` takes for PredictOptions. */
export const PREDICT_OPTIONS = { ...RUN_OPTIONS, steps: 'positive whole number' } as const

/** Rows as they come, of whatever number. */
class Growing {
  #data: Float32Array
  #length = 0

  /** @param values that are expected */
  constructor(values: number) {
    this.#data = new Float32Array(values)
  }

  push(rows: Float32Array): void {
    const length = this.#length + rows.length
    if (length > this.#data.length) {
      const larger = new Float32Array(Math.max(length, 2 * this.#data.length))
      larger.set(this.#data)
      this.#data = larger
    }
    this.#data.set(rows, this.#length)
    this.#length = length
  }

  /** All of them, once there are no more. */
  get values(): Float32Array {
    return this.#length === this.#data.length ? this.#data : this.#data.slice(0, this.#length)
  }
}

export interface PredictPass {
  readonly batches: BatchStream
  /** Samples that there will be; Infinity where nobody knows. */
  readonly count: number
  /** Rows that the plan takes. */
  readonly batchSize: number
  readonly signal: AbortSignal | undefined
  /** Samples done so far. */
  readonly onBatch: (done: number) => void
  /** Seed of the batch that begins with a sample, for plans that draw. */
  readonly seedOf?: (begin: number) => number
}

/**
 * @param outputs the plan's outputs that are wanted, with the shape of one sample
 * @returns each output of all samples, [N,...]
 * @throws the signal's reason between batches; DeviceError; what the batches throw
 */
export async function outputsOf(
  plan: Plan,
  outputs: Readonly<Record<string, Shape>>,
  { batches, count, batchSize, signal, onBatch, seedOf }: PredictPass,
): Promise<Record<string, Tensor>> {
  const names = Object.keys(outputs)
  const expected = Number.isFinite(count) ? count : 0
  const results = names.map((name) => {
    const row = sizeOf(outputs[name]!)
    return { name, row, rows: new Growing(expected * row) }
  })
  const filler = new Filler(plan, batchSize)
  let total = 0
  await runPass({
    batches: within(batchSize, batches),
    signal,
    start: (batch) => {
      const begin = batch.done - (batch.end - batch.begin)
      return plan.start({ ...filler.inputs(batch), ...(seedOf && { seed: Uint32Array.of(seedOf(begin)) }) }, names)
    },
    onBatch: ({ begin, end, done }, values) => {
      for (const { name, row, rows } of results) rows.push(values[name]!.subarray(0, (end - begin) * row))
      total += end - begin
      onBatch(done)
    },
  })
  return Object.fromEntries(results.map(({ name, rows }) => [name, { shape: [total, ...outputs[name]!], data: rows.values }]))
}

/** What of the options of `predict` is about augmentation, or undefined. @throws ArgumentError */
function augmentationOf({ augment = false, times = 8, seed = 0 }: AugmentedPredictOptions) {
  if (!Number.isInteger(seed)) throw new ArgumentError('predict', `seed must be a whole number, got ${described(seed)}`)
  if (augment === false) return undefined
  return { layers: augment === true ? [] : checkAugmentation('predict', augment), times, seed }
}

/** A tensor for each output of the network, in order; see Model.predict. */
export async function predict(engine: Engine, x: unknown, options: AugmentedPredictOptions): Promise<Tensor[]> {
  const { network } = engine
  checkOptions('predict', options, { ...PREDICT_OPTIONS, augment: 'any', times: 'positive whole number', seed: 'any' })
  const augmentation = augmentationOf(options)
  const { signal, steps, onProgress } = options
  const given = await samplesGiven('predict', x, network, { ...inOrderBy(0, signal, steps), batchSize: options.batchSize })
  try {
    const { types, source, stream } = given
    if (stream?.isOnce && augmentation && augmentation.times > 1)
      throw new ArgumentError('predict', `augment needs data that is read anew ${augmentation.times} times, got an iterator`)
    const build = once((n) => predictGraph(network, n, types, augmentation?.layers))
    const kind = augmentation ? 'predict augmented' : 'predict'
    const batchSize = stream ? given.batchSize : engine.fittingBatch(kind, options.batchSize, source.count, build)
    const shapes = Object.fromEntries(network.outputs.map(({ shape }, i) => [`y${i}`, shape.slice(1) as number[]]))
    const count = countOf(source, batchSize, steps)
    const total = count * (augmentation?.times ?? 1)
    const run = (plan: Plan, before = 0, seedOf?: (begin: number) => number) => {
      const onBatch = (done: number) => onProgress?.(before + done, total)
      const batches = source.batches(inOrderBy(batchSize, signal, steps))
      return outputsOf(plan, shapes, { batches, count, batchSize, signal, onBatch, ...(seedOf && { seedOf }) })
    }
    if (augmentation) return await engine.planned(build(batchSize), (plan) => averaged(plan, augmentation, run))
    const outputs = await engine.prediction(
      `${types.join()} by ${batchSize}`,
      () => build(batchSize),
      (plan) => run(plan),
    )
    return Object.values(outputs)
  } finally {
    await given.stream?.close()
  }
}

/** The mean of several predictions, each with draws of its own. @throws ArgumentError for a plan that draws nothing */
async function averaged(
  plan: Plan,
  { times, seed }: { readonly times: number; readonly seed: number },
  run: (plan: Plan, before: number, seedOf: (begin: number) => number) => Promise<Record<string, Tensor>>,
): Promise<Tensor[]> {
  if (!plan.inputTypes.has('seed')) {
    const rule = 'augment: true needs a model with layers that augment'
    throw new ArgumentError('predict', `${rule}, got one without (augment: [layers.randomFlip()] gives it some)`)
  }
  let sums: { shape: Shape; data: Float64Array }[] = []
  for (let time = 0; time < times; time++) {
    const before = time && time * sums[0]!.shape[0]!
    const outputs = Object.values(await run(plan, before, (begin) => nthSeed(seed, before + begin + 1)))
    if (!time) sums = outputs.map(({ shape, data }) => ({ shape, data: Float64Array.from(data) }))
    else outputs.forEach(({ data }, i) => data.forEach((v, at) => (sums[i]!.data[at]! += v)))
  }
  return sums.map(({ shape, data }) => ({ shape, data: Float32Array.from(data, (v) => v / times) }))
}
