import type { Slice } from '../kernel.ts'

/** A convolution by its sizes. A matrix product is one of a single tap over a picture of a single row. */

export interface Geometry {
  /** Batch. */
  readonly N: number
  /** Height, width and channels of x. */
  readonly H: number
  readonly W: number
  readonly C: number
  /** Height and width of the filter. */
  readonly R: number
  readonly S: number
  /** Filters. */
  readonly K: number
  /** Height and width of y. */
  readonly P: number
  readonly Q: number
  /** Input channels and filters of one group. */
  readonly Cg: number
  readonly Kg: number
  readonly strides: readonly [h: number, w: number]
  readonly dilations: readonly [h: number, w: number]
  /** Zeros before the first row and column; below 0: what is cut off. */
  readonly pads: readonly [top: number, left: number]
  /** First channel of x that meets the filters, where there is one group. */
  readonly begin: number
  /** Where y lies. Absent: a tensor of its own. */
  readonly slice?: Slice | undefined
}

/** x [N,C] . w [Cw,K], from column `begin` of x on. */
export function productGeometry([N, C]: readonly [number, number], [Cw, K]: readonly [number, number], begin = 0): Geometry {
  return {
    ...{ N: 1, H: 1, W: N, C, R: 1, S: 1, K, P: 1, Q: N, Cg: Cw, Kg: K, begin },
    ...{ strides: [1, 1], dilations: [1, 1], pads: [0, 0] },
  }
}

/** Multiply-adds. */
export function multiplyAdds({ N, P, Q, R, S, Cg, K }: Geometry): number {
  return N * P * Q * R * S * Cg * K
}

/** Whether rows of so many elements are whole vectors. */
export const whole = (...sizes: readonly number[]): boolean => sizes.every((n) => n % 4 === 0)
