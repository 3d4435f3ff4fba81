/** Stochastic gradient descent (keras/src/optimizers/sgd.py). */
import { ArgumentError } from '../../errors.ts'
import { KerasOptimizer, type Family } from './optimizer.ts'
import type { CommonOptions } from './options.ts'

export interface SgdOwnOptions {
  /** 0 to 1. Default 0. */
  momentum?: number
  /** Default false. Needs momentum. */
  nesterov?: boolean
}

/** Learning rate by default 0.01. See {@link sgd}. */
export type SgdOptions = SgdOwnOptions & CommonOptions

export const SGD: Family<SgdOwnOptions> = {
  className: 'SGD',
  learningRate: 0.01,
  own: { momentum: { default: 0, to: 1 }, nesterov: { default: false } },
  rule({ momentum, nesterov }) {
    if (nesterov && momentum === 0) throw new ArgumentError('sgd', 'nesterov needs a momentum greater than 0, got 0')
    if (momentum === 0) return { rule: 'descent', groups: [], k: [] }
    return { rule: 'momentum', groups: [[{ name: 'momentum', at: 'a' }]], k: [momentum, nesterov ? 1 : 0] }
  },
}

/**
 * Gradient descent, with momentum as Keras has it: m = momentum * m - learningRate * g; w += m.
 * @throws ArgumentError
 * @example
 * const optimizer = sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true })
 * await model.compile({ device, optimizer, loss: 'sparseCategoricalCrossentropy' })
 * optimizer.learningRate = 0.01 // from the next step on
 */
export const sgd = (options: SgdOptions = {}): KerasOptimizer => new KerasOptimizer(SGD, options)
