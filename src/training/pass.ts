/** One pass over the data with one plan: the loop that prediction, features, training steps and evaluation share. */
import type { Plan, PlanInputs } from '../plan/plan.ts'
import { sampleSize, type Tensor } from '../tensor.ts'
import { gather, rowWeights } from './data.ts'
import { inputName, type Samples } from './inputs.ts'

/** What a pass feeds on, row by row, by plan input. */
export interface Feed {
  readonly count: number
  readonly rows: ReadonlyMap<string, { readonly data: Float32Array | Uint8Array; readonly size: number }>
}

/** Samples as they are, and what belongs to each of them: targets, features. */
export function feedOf({ tensors, count }: Samples, others: Readonly<Record<string, Tensor>> = {}): Feed {
  const all = [...tensors.map((t, i) => [inputName(i), t] as const), ...Object.entries(others)]
  return { count, rows: new Map(all.map(([name, { data, shape }]) => [name, { data, size: sampleSize(shape) }])) }
}

export interface PassOptions {
  plan: Plan
  feed: Feed
  batchSize: number
  order: Uint32Array
  /** Samples done before. Default 0. */
  from?: number
  signal: AbortSignal | undefined
  /** Runs one batch, the samples [begin, end) of the order; rows past them are padding. */
  run: (inputs: PlanInputs, begin: number, end: number) => Promise<unknown>
  onBatch: (done: number) => void
}

/**
 * One pass over all samples in `order`. The last batch is filled up with rows of weight 0. Of the feed, what the plan has inputs for is used.
 * @throws the signal's reason between batches; what `run` throws
 */
export async function runPass({ plan, feed, batchSize, order, from = 0, signal, run, onBatch }: PassOptions): Promise<void> {
  const rows = [...feed.rows].filter(([name]) => plan.inputNames.has(name))
  for (let begin = from; begin < feed.count; begin += batchSize) {
    signal?.throwIfAborted()
    const end = Math.min(feed.count, begin + batchSize)
    const inputs: Record<string, PlanInputs[string]> = {}
    for (const [name, { data, size }] of rows) inputs[name] = gather(data, size, order, begin, end, batchSize)
    if (plan.inputNames.has('weight')) inputs['weight'] = rowWeights(end - begin, batchSize)
    await run(inputs, begin, end)
    await plan.device.idle()
    onBatch(end)
  }
}
