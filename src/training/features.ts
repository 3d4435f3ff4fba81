/** Runs the frozen trunk once over all samples and keeps what comes out, so that every later epoch costs only the head. */
import type { ParameterStore } from '../plan/parameter_store.ts'
import type { Graph } from '../graph/graph.ts'
import { Plan } from '../plan/plan.ts'
import type { Feature } from '../graph/split.ts'
import { sizeOf } from '../shape.ts'
import { sampleSize, type Tensor } from '../tensor.ts'
import { gather, inOrder } from './data.ts'

/** Features of all samples by name, row after row. */
export type FeatureCache = ReadonlyMap<string, Float32Array>

export interface ExtractOptions {
  batchSize: number
  signal: AbortSignal | undefined
  /** Samples done so far. */
  onBatch: (done: number) => void
}

/** Bytes that the features of `count` samples take. */
export function featureBytes(features: readonly Feature[], count: number): number {
  return features.reduce((sum, f) => sum + 4 * sizeOf(f.shape.slice(1)) * count, 0)
}

/** @throws the signal's reason; DeviceError. Nothing stays allocated on the device in any case. */
export async function extractFeatures(
  store: ParameterStore,
  trunk: Graph,
  features: readonly Feature[],
  x: Tensor,
  { batchSize, signal, onBatch }: ExtractOptions,
): Promise<FeatureCache> {
  const count = x.shape[0]!
  const order = inOrder(count)
  const cache = new Map(features.map((f) => [f.name, new Float32Array(count * sizeOf(f.shape.slice(1)))]))
  const plan = await Plan.compile(store, trunk)
  try {
    for (let begin = 0; begin < count; begin += batchSize) {
      signal?.throwIfAborted()
      const end = Math.min(count, begin + batchSize)
      const out = await plan.run({ x: gather(x.data, sampleSize(x.shape), order, begin, end, batchSize) })
      for (const f of features) {
        const row = sizeOf(f.shape.slice(1))
        cache.get(f.name)!.set(out[f.name]!.subarray(0, (end - begin) * row), begin * row)
      }
      onBatch(end)
    }
  } finally {
    plan.dispose()
  }
  return cache
}
