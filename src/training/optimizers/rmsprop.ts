/** RMSprop (keras/src/optimizers/rmsprop.py). */
import { KerasOptimizer, type Family, type Slot } from './optimizer.ts'
import type { CommonOptions } from './options.ts'

export interface RmspropOwnOptions {
  /** What the means keep of themselves in a step, 0 to 1. Default 0.9. */
  rho?: number
  /** 0 to 1. Default 0. */
  momentum?: number
  /** Within the root. Default 1e-7. */
  epsilon?: number
  /** Divides by the variance of the gradients instead of their mean square. Default false. */
  centered?: boolean
}

/** Learning rate by default 1e-3. See {@link rmsprop}. */
export type RmspropOptions = RmspropOwnOptions & CommonOptions

export const RMSPROP: Family<RmspropOwnOptions> = {
  className: 'RMSprop',
  learningRate: 1e-3,
  own: { rho: { default: 0.9, to: 1 }, momentum: { default: 0, to: 1 }, epsilon: { default: 1e-7 }, centered: { default: false } },
  rule({ rho, momentum, epsilon, centered }) {
    const groups: (readonly Slot[])[] = [[{ name: 'velocity', at: 'a' }]]
    if (momentum > 0) groups.push([{ name: 'momentum', at: 'b' }])
    if (centered) groups.push([{ name: 'average_gradient', at: 'c' }])
    return { rule: 'rmsprop', groups, k: [1 - rho, epsilon, momentum, centered ? 1 : 0] }
  },
}

/** As Keras 1 and 2 and tf.keras before 2.11 have it where it has no momentum: epsilon is outside of the root. */
export const RMSPROP_OLDER: Family<RmspropOwnOptions> = {
  ...RMSPROP,
  older: true,
  rule: (own) => ({ ...RMSPROP.rule(own), rule: 'rmspropOutside' }),
}

/**
 * Gradients by the root of the mean of their squares: w -= learningRate * g / sqrt(v + epsilon).
 * @throws ArgumentError
 * @example
 * await model.compile({ device, optimizer: rmsprop({ rho: 0.9, momentum: 0.9 }), loss: 'mse' })
 */
export const rmsprop = (options: RmspropOptions = {}): KerasOptimizer => new KerasOptimizer(RMSPROP, options)
