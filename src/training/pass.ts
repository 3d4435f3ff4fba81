/** One pass over the data with one plan: the loop that training steps and evaluation share. */
import { DataError } from '../errors.ts'
import type { ParameterStore } from '../plan/parameter_store.ts'
import type { Parameter } from '../parameter.ts'
import type { Plan } from '../plan/plan.ts'
import { type PlanInputs } from '../plan/plan.ts'
import type { SplitGraph } from '../graph/split.ts'
import { sizeOf } from '../shape.ts'
import { sampleSize } from '../tensor.ts'
import { gather, rowWeights, type Samples } from './data.ts'
import { extractFeatures, type FeatureCache } from './features.ts'

export interface Scores {
  /** Mean loss over the samples. */
  readonly loss: number
  /** Share of samples whose largest score is the target's. */
  readonly accuracy: number
}

/** What a pass feeds on: the samples themselves, or the features of the frozen trunk. */
export interface Feed {
  readonly samples: Samples
  /** Rows by plan input name: `x`, or `feature0`, ... */
  readonly rows: ReadonlyMap<string, { readonly data: Float32Array | Uint8Array; readonly size: number }>
}

/** Feeds the samples as they are. */
export function plainFeed(samples: Samples): Feed {
  return { samples, rows: new Map([['x', { data: samples.x.data, size: sampleSize(samples.x.shape) }]]) }
}

export function featureFeed(samples: Samples, split: SplitGraph, cache: FeatureCache): Feed {
  return { samples, rows: new Map(split.features.map((f) => [f.name, { data: cache.get(f.name)!, size: sizeOf(f.shape.slice(1)) }])) }
}

/** Runs the trunk over the samples and feeds what comes out. */
export async function cachedFeed(
  store: ParameterStore,
  split: SplitGraph,
  samples: Samples,
  options: Parameters<typeof extractFeatures>[4],
): Promise<Feed> {
  return featureFeed(samples, split, await extractFeatures(store, split.trunk, split.features, samples.x, options))
}

export interface PassOptions {
  plan: Plan
  store: ParameterStore
  sums: Parameter
  feed: Feed
  batchSize: number
  order: Uint32Array
  signal: AbortSignal | undefined
  /** Values of further plan inputs for a batch of `valid` samples. */
  extra?: (valid: number) => PlanInputs
  onBatch: (done: number) => void
}

/**
 * One pass over all samples in `order`. The last batch is padded with rows of weight 0.
 * @throws the signal's reason between batches; DataError when the loss is not finite.
 */
export async function runPass({ plan, store, sums, feed, batchSize, order, signal, extra, onBatch }: PassOptions): Promise<Scores> {
  const { targets, count, classes } = feed.samples
  store.write(sums, new Float32Array(4))
  for (let begin = 0; begin < count; begin += batchSize) {
    signal?.throwIfAborted()
    const end = Math.min(count, begin + batchSize)
    const inputs: Record<string, PlanInputs[string]> = { ...extra?.(end - begin) }
    for (const [name, { data, size }] of feed.rows) inputs[name] = gather(data, size, order, begin, end, batchSize)
    inputs['t'] = gather(targets, classes, order, begin, end, batchSize)
    inputs['weight'] = rowWeights(end - begin, batchSize)
    await plan.run(inputs, [])
    await store.device.idle()
    onBatch(end)
  }
  const [loss, right, seen, notFinite] = await store.read(sums)
  if (notFinite)
    throw new DataError(
      'fit',
      `the loss must be finite, got ${loss! / seen!} (NaN or infinite values in the samples, or a learning rate that is too high)`,
    )
  return { loss: loss! / seen!, accuracy: right! / seen! }
}
