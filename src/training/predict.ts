/** Runs a plan over all samples and keeps what comes out. */
import { described } from '../described.ts'
import { ArgumentError } from '../errors.ts'
import type { Augmentation } from '../layers/augmentation/augmentation.ts'
import type { Plan } from '../plan/plan.ts'
import { sizeOf, type Shape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { nthSeed } from '../random.ts'
import { checkAugmentation } from './augment.ts'
import { batchesOf, feedOf, Filler } from './batches.ts'
import { once, type Engine } from './engine.ts'
import { predictGraph } from './graphs.ts'
import { checkSamples, typesOf, type Samples } from './inputs.ts'
import { checkOptions } from './options.ts'
import { runPass } from './pass.ts'

export interface PredictOptions {
  /** Samples per run. Default 32, fewer for few samples or where 32 would exceed the adapter's limits. */
  batchSize?: number
  signal?: AbortSignal
  /** Samples done so far. */
  onProgress?: (done: number, total: number) => void
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

/** @throws ArgumentError */
export function checkPredictOptions(where: string, options: PredictOptions): void {
  checkOptions(where, options, { batchSize: 'positive whole number', signal: 'AbortSignal', onProgress: 'function' })
}

export interface PredictPass {
  readonly batchSize: number
  readonly signal: AbortSignal | undefined
  /** What the plan takes besides the samples, a row for each of them. Default: nothing. */
  readonly rows?: Parameters<typeof feedOf>[1]
  /** Samples done so far. */
  readonly onBatch: (done: number) => void
  /** Seed of the batch that begins with a sample, for plans that draw. */
  readonly seedOf?: (begin: number) => number
}

/**
 * @param outputs the plan's outputs that are wanted, with the shape of one sample
 * @returns each output of all samples, [N,...]
 * @throws the signal's reason between batches; DeviceError
 */
export async function outputsOf(
  plan: Plan,
  samples: Samples,
  outputs: Readonly<Record<string, Shape>>,
  { batchSize, signal, rows, onBatch, seedOf }: PredictPass,
): Promise<Record<string, Tensor>> {
  const { count } = samples
  const names = Object.keys(outputs)
  const results = names.map((name) => ({ name, row: sizeOf(outputs[name]!), data: new Float32Array(count * sizeOf(outputs[name]!)) }))
  const filler = new Filler(plan, batchSize)
  await runPass({
    batches: batchesOf(feedOf(samples, rows), batchSize),
    signal,
    start: (batch) => plan.start({ ...filler.inputs(batch), ...(seedOf && { seed: Uint32Array.of(seedOf(batch.begin)) }) }, names),
    onBatch: ({ begin, end }, values) => {
      for (const { name, row, data } of results) data.set(values[name]!.subarray(0, (end - begin) * row), begin * row)
      onBatch(end)
    },
  })
  return Object.fromEntries(results.map(({ name, data }) => [name, { shape: [count, ...outputs[name]!], data }]))
}

/** What of the options of `predict` is about augmentation, or undefined. @throws ArgumentError */
function augmentationOf({ augment = false, times = 8, seed = 0 }: AugmentedPredictOptions) {
  checkOptions('predict', { times }, { times: 'positive whole number' })
  if (!Number.isInteger(seed)) throw new ArgumentError('predict', `seed must be a whole number, got ${described(seed)}`)
  if (augment === false) return undefined
  return { layers: augment === true ? [] : checkAugmentation('predict', augment), times, seed }
}

/** A tensor for each output of the network, in order; see Model.predict. */
export async function predict(engine: Engine, x: unknown, options: AugmentedPredictOptions): Promise<Tensor[]> {
  const { network } = engine
  checkPredictOptions('predict', options)
  const augmentation = augmentationOf(options)
  const { batchSize, signal, onProgress } = options
  const samples = checkSamples('predict', x, network)
  const { count } = samples
  const types = typesOf(samples)
  const build = once((n) => predictGraph(network, n, types, augmentation?.layers))
  const batch = engine.fittingBatch(augmentation ? 'predict augmented' : 'predict', batchSize, count, build)
  const shapes = Object.fromEntries(network.outputs.map(({ shape }, i) => [`y${i}`, shape.slice(1) as number[]]))
  const total = count * (augmentation?.times ?? 1)
  const run = (plan: Plan, before = 0, seedOf?: (begin: number) => number) => {
    const onBatch = (done: number) => onProgress?.(before + done, total)
    return outputsOf(plan, samples, shapes, { batchSize: batch, signal, onBatch, ...(seedOf && { seedOf }) })
  }
  if (augmentation) return engine.planned(build(batch), (plan) => averaged(plan, augmentation, count, run))
  const outputs = await engine.prediction(
    `${types.join()} by ${batch}`,
    () => build(batch),
    (plan) => run(plan),
  )
  return Object.values(outputs)
}

/** The mean of several predictions, each with draws of its own. @throws ArgumentError for a plan that draws nothing */
async function averaged(
  plan: Plan,
  { times, seed }: { readonly times: number; readonly seed: number },
  count: number,
  run: (plan: Plan, before: number, seedOf: (begin: number) => number) => Promise<Record<string, Tensor>>,
): Promise<Tensor[]> {
  if (!plan.inputTypes.has('seed')) {
    const rule = 'augment: true needs a model with layers that augment'
    throw new ArgumentError('predict', `${rule}, got one without (augment: [layers.randomFlip()] gives it some)`)
  }
  let sums: { shape: Shape; data: Float64Array }[] = []
  for (let time = 0; time < times; time++) {
    const outputs = Object.values(await run(plan, time * count, (begin) => nthSeed(seed, time * count + begin + 1)))
    if (!time) sums = outputs.map(({ shape, data }) => ({ shape, data: Float64Array.from(data) }))
    else outputs.forEach(({ data }, i) => data.forEach((v, at) => (sums[i]!.data[at]! += v)))
  }
  return sums.map(({ shape, data }) => ({ shape, data: Float32Array.from(data, (v) => v / times) }))
}
