/** Adadelta (Zeiler 2012; keras/src/optimizers/adadelta.py). */
import { KerasOptimizer, type Family } from './optimizer.ts'
import type { CommonOptions } from './options.ts'

export interface AdadeltaOwnOptions {
  /** What the means keep of themselves in a step, 0 to 1. Default 0.95. */
  rho?: number
  /** Within the roots. Default 1e-7. */
  epsilon?: number
}

/** Learning rate by default 1e-3, as in Keras; the paper has 1. See {@link adadelta}. */
export type AdadeltaOptions = AdadeltaOwnOptions & CommonOptions

export const ADADELTA: Family<AdadeltaOwnOptions> = {
  className: 'Adadelta',
  learningRate: 1e-3,
  own: { rho: { default: 0.95, to: 1 }, epsilon: { default: 1e-7 } },
  rule: ({ rho, epsilon }) => ({
    rule: 'adadelta',
    groups: [
      [
        { name: 'accumulated_grad', at: 'a' },
        { name: 'accumulated_delta_var', at: 'b' },
      ],
    ],
    k: [1 - rho, epsilon],
  }),
}

/**
 * Gradients by the ratio of the roots of two mean squares, of the changes and of the gradients.
 * @throws ArgumentError
 * @example
 * await model.compile({ device, optimizer: adadelta({ learningRate: 1, rho: 0.9 }), loss: 'mse' })
 */
export const adadelta = (options: AdadeltaOptions = {}): KerasOptimizer => new KerasOptimizer(ADADELTA, options)
