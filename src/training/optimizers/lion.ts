/** Lion (Chen et al. 2023; keras/src/optimizers/lion.py). */
import { KerasOptimizer, type Family } from './optimizer.ts'
import type { CommonOptions } from './options.ts'

export interface LionOwnOptions {
  /** Above 0, up to 1. Default 0.9. */
  beta1?: number
  /** 0 to 1. Default 0.99. */
  beta2?: number
}

/** Learning rate by default 1e-3. See {@link lion}. */
export type LionOptions = LionOwnOptions & CommonOptions

export const LION: Family<LionOwnOptions> = {
  className: 'Lion',
  learningRate: 1e-3,
  own: { beta1: { default: 0.9, to: 1, above: true }, beta2: { default: 0.99, to: 1 } },
  rule: ({ beta1, beta2 }) => ({ rule: 'lion', groups: [[{ name: 'momentum', at: 'a' }]], k: [beta1, 1 - beta1, beta2, 1 - beta2] }),
}

/**
 * The sign of a mix of gradient and momentum: every element moves by the learning rate, or not at all.
 * @throws ArgumentError
 * @example
 * await model.compile({ device, optimizer: lion({ learningRate: 1e-4 }), loss: 'mse' })
 */
export const lion = (options: LionOptions = {}): KerasOptimizer => new KerasOptimizer(LION, options)
