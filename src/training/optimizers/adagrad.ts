/** Adagrad (Duchi et al. 2011; keras/src/optimizers/adagrad.py). */
import { KerasOptimizer, type Family } from './optimizer.ts'
import type { CommonOptions } from './options.ts'

export interface AdagradOwnOptions {
  /** From 0. Default 0.1. */
  initialAccumulatorValue?: number
  /** Within the root. Default 1e-7. */
  epsilon?: number
}

/** Learning rate by default 1e-3. See {@link adagrad}. */
export type AdagradOptions = AdagradOwnOptions & CommonOptions

export const ADAGRAD: Family<AdagradOwnOptions> = {
  className: 'Adagrad',
  learningRate: 1e-3,
  own: { initialAccumulatorValue: { default: 0.1 }, epsilon: { default: 1e-7 } },
  rule: ({ initialAccumulatorValue: initial, epsilon }) => ({
    rule: 'adagrad',
    groups: [[{ name: 'accumulator', at: 'a', initial }]],
    k: [epsilon],
  }),
}

/** As Keras 1 and 2 and tf.keras before 2.11 have it: epsilon is outside of the root. */
export const ADAGRAD_OLDER: Family<AdagradOwnOptions> = {
  ...ADAGRAD,
  older: true,
  rule: (own) => ({ ...ADAGRAD.rule(own), rule: 'adagradOutside' }),
}

/**
 * Gradients by the root of the sum of all their squares: w -= learningRate * g / sqrt(a + epsilon).
 * @throws ArgumentError
 * @example
 * await model.compile({ device, optimizer: adagrad({ initialAccumulatorValue: 0.01 }), loss: 'mse' })
 */
export const adagrad = (options: AdagradOptions = {}): KerasOptimizer => new KerasOptimizer(ADAGRAD, options)
