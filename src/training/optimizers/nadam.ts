/** Nadam, Adam with Nesterov's momentum (Dozat 2016; keras/src/optimizers/nadam.py). */
import { MOMENTS } from './adam.ts'
import { KerasOptimizer, type Family, type Rule } from './optimizer.ts'
import type { CommonOptions } from './options.ts'

export interface NadamOwnOptions {
  /** From 0, less than 1. Default 0.9. */
  beta1?: number
  /** From 0, less than 1. Default 0.999. */
  beta2?: number
  /** Default 1e-7. */
  epsilon?: number
}

/** Learning rate by default 1e-3. See {@link nadam}. */
export type NadamOptions = NadamOwnOptions & CommonOptions

export const NADAM: Family<NadamOwnOptions> = {
  className: 'Nadam',
  learningRate: 1e-3,
  own: { beta1: { default: 0.9, to: 1, below: true }, beta2: { default: 0.999, to: 1, below: true }, epsilon: { default: 1e-7 } },
  rule: (own) => nadamRule(own, 1),
}

/** As Keras 1 and 2 and tf.keras before 2.11 have it: the momentum rises more slowly, by an option of its own. */
export const NADAM_OLDER: Family<NadamOwnOptions & { scheduleDecay?: number }> = {
  ...NADAM,
  older: true,
  own: { ...NADAM.own, scheduleDecay: { default: 0.004 } },
  rule: (own) => nadamRule(own, own.scheduleDecay),
}

/** @param rise how much of a step the momentum's schedule takes as one */
function nadamRule({ beta1, beta2, epsilon }: Required<NadamOwnOptions>, rise: number): Rule {
  /** The momentum of a step, which rises to beta1. */
  const u = (step: number) => beta1 * (1 - 0.5 * 0.96 ** (rise * step))
  const products = [1]
  /** Product of the momenta of steps 1 to `step`. */
  const product = (step: number) => {
    while (products.length <= step && products.at(-1)! > 0) products.push(products.at(-1)! * u(products.length))
    return products[step] ?? 0
  }
  return {
    rule: 'nadam',
    groups: [MOMENTS],
    k: [1 - beta1, 1 - beta2, epsilon],
    numbers: (step) => [u(step + 1) / (1 - product(step + 1)), (1 - u(step)) / (1 - product(step)), 1 - beta2 ** step],
    kept: (step) => ({ variable: product(step) }), // Keras gives it no name
  }
}

/**
 * Adam that looks one step ahead.
 * @throws ArgumentError
 * @example
 * await model.compile({ device, optimizer: nadam({ beta1: 0.95 }), loss: 'mse' })
 */
export const nadam = (options: NadamOptions = {}): KerasOptimizer => new KerasOptimizer(NADAM, options)
