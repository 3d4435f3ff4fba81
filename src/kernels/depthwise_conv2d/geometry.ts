/** What a depthwise convolution is told beside its tensors, and how its shaders go about it. */
import { ShapeError } from '../../errors.ts'
import { expectRank, formatShape, type Shape, type Window2d } from '../../shape.ts'
import { convWindow, type ConvWindow } from '../conv2d/geometry.ts'

/** Strides, padding and dilations as of any convolution. */
export type DepthwiseWindow = Omit<ConvWindow, 'groups'>

/** Columns of a thread: filters, and inputs that several columns see, are read once for all of them. */
const TILE = 4

/** Multiply-adds written out, at most; wide filters get fewer columns a thread. */
const MAX_LINES = 64

/** Columns of a thread whose multiply-adds are so many for each. */
export function tileOf(lines: number): number {
  return Math.max(1, Math.min(TILE, Math.floor(MAX_LINES / lines)))
}

/** Input columns that `columns` outputs see through a filter of S, counted from the first. */
export function seenColumns(S: number, columns: number, stride: number, dilation: number): number[] {
  const seen = Array.from({ length: columns * S }, (_, i) => Math.floor(i / S) * stride + (i % S) * dilation)
  return [...new Set(seen)].sort((a, b) => a - b)
}

/** Whether threads work on four channels at a time: where there is one filter a channel and channels come in fours. */
export function inVectors(C: number, K: number): boolean {
  return C === K && K % 4 === 0
}

/**
 * Output size and padding.
 * @param filter R and S
 * @throws ShapeError where the window does not fit
 */
export function depthwiseWindow(op: string, x: Shape, filter: Shape, window: DepthwiseWindow): Window2d {
  expectRank(op, 'x', x, 4)
  return convWindow(op, x, [filter[0]!, filter[1]!], window)
}

/** @throws ShapeError unless there are as many filters for each input channel */
export function checkMultiple(op: string, x: Shape, w: Shape): void {
  if (w.at(-1)! % x.at(-1)! === 0) return
  throw new ShapeError(op, `the filters must be a multiple of the input channels, got x ${formatShape(x)} and w ${formatShape(w)}`)
}

/** @throws ShapeError unless dy has the output's shape, but for its channels */
export function checkGradient(op: string, x: Shape, dy: Shape, { P, Q }: Window2d): void {
  expectRank(op, 'dy', dy, 4)
  const y = [x[0]!, P, Q, dy[3]!]
  if (formatShape(dy) !== formatShape(y))
    throw new ShapeError(op, `dy must have the output's shape, got dy ${formatShape(dy)} and ${formatShape(y)}`)
}
