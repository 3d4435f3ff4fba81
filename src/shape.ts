/** Pure shape arithmetic, shared by kernels, graph and layers. Sizes are counts of elements. */
import { ShapeError } from './errors.ts'

/** Sizes of the axes of a tensor, the first of them first. See {@link tensor}. */
export type Shape = readonly number[]

/** Number of elements; 1 for a scalar shape []. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((n, d) => n * d, 1)
}

/** `[1,224,224,3]`; an unknown batch (null) prints as `null`, as Keras does. */
export function formatShape(shape: readonly (number | null)[] | undefined): string {
  return shape ? `[${shape.map((d) => d ?? 'null').join(',')}]` : 'none'
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i])
}

/** Throws a ShapeError unless the rank is as wanted. */
export function expectRank(where: string, name: string, shape: Shape, rank: number): void {
  if (shape.length !== rank) throw new ShapeError(where, `${name} must have rank ${rank}, got ${name} ${formatShape(shape)}`)
}

export function ceilDiv(a: number, b: number): number {
  return Math.ceil(a / b)
}

/** Keras's `padding`. See {@link layers}. */
export type Padding = 'same' | 'valid' | readonly [top: number, left: number, bottom: number, right: number]

/** Output size and padding of one spatial axis. Keras (TensorFlow) `same`: the odd pixel goes to the end. */
function axis(size: number, window: number, stride: number, padding: 'same' | 'valid' | [number, number]) {
  if (padding === 'same') {
    const out = ceilDiv(size, stride)
    const total = Math.max(0, (out - 1) * stride + window - size)
    return { out, before: Math.floor(total / 2), after: total - Math.floor(total / 2) }
  }
  const [before, after] = padding === 'valid' ? [0, 0] : padding
  return { out: Math.floor((size + before + after - window) / stride) + 1, before, after }
}

export interface Window2d {
  /** Output height and width. */
  readonly P: number
  readonly Q: number
  /** Zero rows and columns before and after. */
  readonly pads: readonly [top: number, left: number, bottom: number, right: number]
}

/**
 * Geometry of a window (conv filter or pool) slid over H x W.
 * @throws ShapeError when the window does not fit the padded input.
 */
export function window2d(
  where: string,
  [H, W]: readonly [number, number],
  [R, S]: readonly [number, number],
  [strideH, strideW]: readonly [number, number],
  padding: Padding,
): Window2d {
  const explicit = typeof padding !== 'string'
  const h = axis(H, R, strideH, explicit ? [padding[0], padding[2]] : padding)
  const w = axis(W, S, strideW, explicit ? [padding[1], padding[3]] : padding)
  if (h.out < 1 || w.out < 1) {
    const pad = explicit ? formatShape(padding) : padding
    throw new ShapeError(where, `window must fit the input, got window [${R},${S}] and input [${H},${W}] with padding ${pad}`)
  }
  return { P: h.out, Q: w.out, pads: [h.before, w.before, h.after, w.after] }
}
