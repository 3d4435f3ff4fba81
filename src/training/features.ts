/** Runs the frozen trunk once over all samples and keeps what comes out, so that every later epoch costs only the head. */
import type { Feature, SplitGraph } from '../graph/split.ts'
import { sizeOf } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import type { Engine } from './engine.ts'
import type { Samples } from './inputs.ts'
import { outputsOf, type PredictPass } from './predict.ts'

/** Bytes that the features of `count` samples take. */
export function featureBytes(features: readonly Feature[], count: number): number {
  return features.reduce((sum, f) => sum + 4 * sizeOf(f.shape.slice(1)) * count, 0)
}

/** Features of all samples by name. @throws the signal's reason; DeviceError */
export function extractFeatures(
  engine: Engine,
  { trunk, features }: SplitGraph,
  samples: Samples,
  options: Omit<PredictPass, 'batchSize'>,
): Promise<Record<string, Tensor>> {
  const shapes = Object.fromEntries(features.map((f) => [f.name, f.shape.slice(1)]))
  return engine.planned(trunk, (plan) => outputsOf(plan, samples, shapes, { ...options, batchSize: features[0]!.shape[0]! }))
}
