/** Runs a plan over all samples and keeps what comes out. */
import type { Plan } from '../plan/plan.ts'
import { sizeOf, type Shape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
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
  { batchSize, signal, rows, onBatch }: PredictPass,
): Promise<Record<string, Tensor>> {
  const { count } = samples
  const names = Object.keys(outputs)
  const results = names.map((name) => ({ name, row: sizeOf(outputs[name]!), data: new Float32Array(count * sizeOf(outputs[name]!)) }))
  const filler = new Filler(plan, batchSize)
  await runPass({
    batches: batchesOf(feedOf(samples, rows), batchSize),
    signal,
    start: (batch) => plan.start(filler.inputs(batch), names),
    onBatch: ({ begin, end }, values) => {
      for (const { name, row, data } of results) data.set(values[name]!.subarray(0, (end - begin) * row), begin * row)
      onBatch(end)
    },
  })
  return Object.fromEntries(results.map(({ name, data }) => [name, { shape: [count, ...outputs[name]!], data }]))
}

/** A tensor for each output of the network, in order; see Model.predict. */
export async function predict(engine: Engine, x: unknown, options: PredictOptions): Promise<Tensor[]> {
  const { network } = engine
  checkPredictOptions('predict', options)
  const { batchSize, signal, onProgress } = options
  const samples = checkSamples('predict', x, network)
  const { count } = samples
  const types = typesOf(samples)
  const build = once((n) => predictGraph(network, n, types))
  const batch = engine.fittingBatch('predict', batchSize, count, build)
  const shapes = Object.fromEntries(network.outputs.map(({ shape }, i) => [`y${i}`, shape.slice(1) as number[]]))
  const pass = { batchSize: batch, signal, onBatch: (done: number) => onProgress?.(done, count) }
  const outputs = await engine.prediction(
    `${types.join()} by ${batch}`,
    () => build(batch),
    (plan) => outputsOf(plan, samples, shapes, pass),
  )
  return Object.values(outputs)
}
