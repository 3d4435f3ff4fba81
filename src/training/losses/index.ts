/** Losses: what training makes small, by Keras's names. */
import { ArgumentError } from '../../errors.ts'
import { described, isRecord } from '../../described.ts'
import { keyOfName, type KerasName } from '../names.ts'
import {
  binaryCrossentropy,
  binaryFocalCrossentropy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  sparseCategoricalCrossentropy,
} from './crossentropy.ts'
import type { Loss } from './loss.ts'
import {
  categoricalHinge,
  cosineSimilarity,
  hinge,
  huber,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
  poisson,
  squaredHinge,
} from './pointwise.ts'

export { beforeSoftmax, type Labels, type Loss } from './loss.ts'
export { categoricalCrossentropy, sparseCategoricalCrossentropy } from './crossentropy.ts'
export { targetsOf, toCategorical } from './targets.ts'
export type { BinaryFocalOptions, CategoricalFocalOptions, CrossentropyOptions, SmoothedOptions } from './crossentropy.ts'
export type { HuberOptions } from './pointwise.ts'

/**
 * What makes each loss.
 * @example
 * await model.compile({ device, optimizer: 'adam', loss: losses.huber({ delta: 2 }) })
 * await model.fit({ x, y: toCategorical(y, 3) })
 */
export const losses = {
  binaryCrossentropy,
  binaryFocalCrossentropy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalHinge,
  cosineSimilarity,
  hinge,
  huber,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
  poisson,
  sparseCategoricalCrossentropy,
  squaredHinge,
}

/** In camelCase, or as Keras writes it: `binary_crossentropy`, `mse`. See {@link losses}. */
export type LossName = KerasName<keyof typeof losses>

/** A loss by its name, or as it is. @throws ArgumentError for anything else */
export function lossOf(given: unknown): Loss {
  const key = keyOfName(given, losses)
  if (key) return losses[key]()
  if (isRecord(given) && typeof given['loss'] === 'function' && typeof given['name'] === 'string') return given as unknown as Loss
  const names = Object.keys(losses).join(', ')
  throw new ArgumentError(
    'compile',
    `loss must be one of ${names}, or an object with a name and a function loss(g, y, t), got ${described(given)}`,
  )
}
