/** What the oracles take. */
/** Sizes of the axes. */
export type Shape = readonly number[]

export interface Values {
  readonly shape: Shape
  readonly data: ArrayLike<number>
}

export type Inputs = readonly (Values | undefined)[]

/** Row-major coordinates of element `i`. */
export function coordinates(i: number, shape: Shape): number[] {
  const at = new Array<number>(shape.length)
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    at[axis] = i % shape[axis]!
    i = Math.floor(i / shape[axis]!)
  }
  return at
}

/** Element of an [N,H,W,C] tensor; undefined outside the image. */
export function pixel({ shape, data }: Values, n: number, h: number, w: number, c: number): number | undefined {
  const [, H, W, C] = shape as readonly [number, number, number, number]
  return h < 0 || h >= H || w < 0 || w >= W ? undefined : data[((n * H + h) * W + w) * C + c]
}

/** Relative error of a division, in units of EPS: 2.5 ULP (WGSL, accuracy of floating-point expressions). */
export const DIVISION = 2.5

/** Of inverseSqrt: 2 ULP. */
export const INVERSE_SQRT = 2

/** Of sqrt, which inherits from 1 / inverseSqrt. */
export const SQRT = INVERSE_SQRT + DIVISION

/** Of rounding a constant such as 0.1 to f32. */
export const CONSTANT = 0.5

/** Of exp(d) where d is itself a rounded difference: 3 + 2 |d| ULP, and |d| more for the difference. */
export function expError(d: number): number {
  return 3 + 3 * Math.abs(d)
}
