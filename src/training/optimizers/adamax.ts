/** Adamax (Kingma and Ba 2015, section 7; keras/src/optimizers/adamax.py). */
import { KerasOptimizer, type Family } from './optimizer.ts'
import type { CommonOptions } from './options.ts'

export interface AdamaxOwnOptions {
  /** From 0, less than 1. Default 0.9. */
  beta1?: number
  /** 0 to 1. Default 0.999. */
  beta2?: number
  /** Default 1e-7. */
  epsilon?: number
}

/** Learning rate by default 1e-3. See {@link adamax}. */
export type AdamaxOptions = AdamaxOwnOptions & CommonOptions

export const ADAMAX: Family<AdamaxOwnOptions> = {
  className: 'Adamax',
  learningRate: 1e-3,
  own: { beta1: { default: 0.9, to: 1, below: true }, beta2: { default: 0.999, to: 1 }, epsilon: { default: 1e-7 } },
  rule: ({ beta1, beta2, epsilon }) => ({
    rule: 'adamax',
    groups: [
      [
        { name: 'momentum', at: 'a' },
        { name: 'norm', at: 'b' },
      ],
    ],
    k: [1 - beta1, beta2, epsilon],
    numbers: (step) => [1 - beta1 ** step],
  }),
}

/**
 * Adam by the largest gradient, which fades, instead of the mean square.
 * @throws ArgumentError
 * @example
 * await model.compile({ device, optimizer: adamax({ clipnorm: 1 }), loss: 'mse' })
 */
export const adamax = (options: AdamaxOptions = {}): KerasOptimizer => new KerasOptimizer(ADAMAX, options)
