/** Runs a plan over all samples and keeps what comes out. */
import type { Engine } from './engine.ts'
import type { Plan } from '../plan/plan.ts'
import { sizeOf, type Shape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { inOrder } from './data.ts'
import { predictGraph } from './graphs.ts'
import { checkSamples, type Samples } from './inputs.ts'
import { checkOptions } from './options.ts'
import { feedOf, runPass } from './pass.ts'

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
  { batchSize, signal, onBatch }: PredictPass,
): Promise<Record<string, Tensor>> {
  const { count } = samples
  const names = Object.keys(outputs)
  const results = new Map(names.map((name) => [name, new Float32Array(count * sizeOf(outputs[name]!))]))
  await runPass({
    plan,
    feed: feedOf(samples),
    batchSize,
    order: inOrder(count),
    signal,
    onBatch,
    run: async (inputs, begin, end) => {
      const out = await plan.run(inputs, names)
      for (const [name, data] of results) {
        const row = data.length / count
        data.set(out[name]!.subarray(0, (end - begin) * row), begin * row)
      }
    },
  })
  return Object.fromEntries(names.map((name) => [name, { shape: [count, ...outputs[name]!], data: results.get(name)! }]))
}

/** A tensor for each output of the network, in order; see Model.predict. */
export async function predict(engine: Engine, x: unknown, options: PredictOptions): Promise<Tensor[]> {
  const { network } = engine
  checkPredictOptions('predict', options)
  const { batchSize, signal, onProgress } = options
  const samples = checkSamples('predict', x, network)
  const { count } = samples
  const batch = engine.fittingBatch(batchSize, count, (n) => predictGraph(network, n))
  const plan = await engine.prediction(String(batch), () => predictGraph(network, batch))
  const shapes = Object.fromEntries(network.outputs.map(({ shape }, i) => [`y${i}`, shape.slice(1) as number[]]))
  const outputs = await outputsOf(plan, samples, shapes, { batchSize: batch, signal, onBatch: (done) => onProgress?.(done, count) })
  return Object.values(outputs)
}
