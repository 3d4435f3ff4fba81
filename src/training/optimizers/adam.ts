/** Adam (Kingma and Ba 2015; keras/src/optimizers/adam.py) and AdamW (Loshchilov and Hutter 2019; adamw.py). */
import { KerasOptimizer, type Family, type Slot } from './optimizer.ts'
import type { CommonOptions } from './options.ts'

export interface AdamOwnOptions {
  /** From 0, less than 1. Default 0.9. */
  beta1?: number
  /** From 0, less than 1. Default 0.999. */
  beta2?: number
  /** Default 1e-7, outside the bias correction. */
  epsilon?: number
  /** Divides by the largest mean square so far (Reddi et al. 2018). Default false. */
  amsgrad?: boolean
}

/** Learning rate by default 1e-3. See {@link adam}. */
export type AdamOptions = AdamOwnOptions & CommonOptions

/** Learning rate by default 1e-3, `weightDecay` 0.004. See {@link adamw}. */
export type AdamwOptions = AdamOptions

export const ADAM: Family<AdamOwnOptions> = {
  className: 'Adam',
  learningRate: 1e-3,
  own: {
    beta1: { default: 0.9, to: 1, below: true },
    beta2: { default: 0.999, to: 1, below: true },
    epsilon: { default: 1e-7 },
    amsgrad: { default: false },
  },
  rule({ beta1, beta2, epsilon, amsgrad }) {
    const most: readonly Slot[] = [{ name: 'velocity_hat', at: 'c' }]
    const groups: (readonly Slot[])[] = [MOMENTS, ...(amsgrad ? [most] : [])]
    const numbers = (step: number) => [Math.sqrt(1 - beta2 ** step) / (1 - beta1 ** step)]
    return { rule: 'adam', groups, k: [1 - beta1, 1 - beta2, epsilon], numbers }
  },
}

/** The means of gradients and of their squares. */
export const MOMENTS: readonly Slot[] = [
  { name: 'momentum', at: 'a' },
  { name: 'velocity', at: 'b' },
]

export const ADAMW: Family<AdamOwnOptions> = { ...ADAM, className: 'AdamW', weightDecay: 0.004 }

/**
 * Adam as Keras computes it: w -= a_t * m / (sqrt(v) + epsilon) with a_t = learningRate * sqrt(1 - beta2^t) / (1 - beta1^t).
 * @throws ArgumentError
 * @example
 * await model.compile({ device, optimizer: adam({ learningRate: 1e-4, learningRateMultipliers: { 'conv*': 0.1 } }), loss: 'mse' })
 */
export const adam = (options: AdamOptions = {}): KerasOptimizer => new KerasOptimizer(ADAM, options)

/**
 * Adam whose weights decay, which `weightDecay` does in every optimizer.
 * @throws ArgumentError
 * @example
 * await model.compile({ device, optimizer: adamw({ weightDecay: 0.01, excludeFromWeightDecay: ['bias'] }), loss: 'mse' })
 */
export const adamw = (options: AdamwOptions = {}): KerasOptimizer => new KerasOptimizer(ADAMW, options)
