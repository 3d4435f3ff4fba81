/**
 * The oracle: every op once more, in f64 loops that nobody would call fast, written from the definition and sharing nothing with
 * the shaders. Each op gives, beside its values, how far an f32 result may be off: a running-error bound from the operation.
 */
import type { Shape } from './values.ts'

export interface Reference {
  readonly shape: Shape
  readonly y: Float64Array
  /** Largest |actual - y| allowed, per element. 0 means equal in every bit (of the f32 nearest to y). */
  readonly bound: Float64Array
}

/** Spacing of f32 numbers just above 1. */
export const EPS = 2 ** -23

/** Smallest normal f32: WGSL may flush anything below to 0. */
export const FTZ = 2 ** -126

/**
 * Running-error bound of a sum of `terms` products in any order, with or without fused multiply-adds:
 * (terms + 4) * 2^-23 * sum |x_i * w_i| + 1e-30.
 */
export function sumBound(terms: number, absSum: number): number {
  return (terms + 4) * EPS * absSum + 1e-30
}

/** An allowance of `ulps` units in the last place of |y|. */
export function ulpBound(ulps: number, y: number): number {
  return ulps * EPS * Math.abs(y) + FTZ
}

/** Builds a reference element by element: `f` returns the value and its bound. */
export function build(shape: Shape, f: (i: number) => readonly [y: number, bound: number]): Reference {
  const size = shape.reduce((n, d) => n * d, 1)
  const y = new Float64Array(size)
  const bound = new Float64Array(size)
  for (let i = 0; i < size; i++) [y[i], bound[i]] = f(i) as [number, number]
  return { shape, y, bound }
}
