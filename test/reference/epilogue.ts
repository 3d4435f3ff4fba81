/** Oracle of what follows a sum in its own shader: y = act(sum * s + b + r). */
import type { ActivationFunction } from '../../src/kernels/activation/functions.ts'
import { activated } from './activation.ts'
import { sumBound } from './reference.ts'
import type { Inputs } from './values.ts'

/** A sum of products, and that of their absolute values. */
export interface Sum {
  readonly sum: number
  readonly absSum: number
  readonly terms: number
}

/**
 * Value and bound of an element.
 * @param i its index, and k the column that it is in
 */
export function finished(
  i: number,
  k: number,
  { sum, absSum, terms }: Sum,
  [b, r, s]: Inputs,
  activation: ActivationFunction,
): readonly [number, number] {
  const scale = s?.data[k] ?? 1
  const [bias, residual] = [b?.data[k] ?? 0, r?.data[i] ?? 0]
  const bound = sumBound(terms + [b, r, s].filter(Boolean).length, absSum * Math.abs(scale) + Math.abs(bias) + Math.abs(residual))
  return activated(activation, sum * scale + bias + residual, bound)
}
