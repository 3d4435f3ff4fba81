/** Sizes that samples may say: null in shapes, NaN where layers compute with them. */
import { ShapeError } from '../errors.ts'
import { formatShape } from '../shape.ts'
import type { SymbolicShape } from './layer.ts'

/**
 * Sizes of one sample, to compute with: one that is open is NaN, and so is what is made of it (`shapeOfSizes`).
 * @param rank with the batch. Default: any
 * @param channels the axis, the batch counted, whose size must be known, since weights depend on it
 * @throws ShapeError unless the rank is as wanted, and that size is known
 */
export function sizesOf(where: string, shape: SymbolicShape | undefined, rank = shape?.length ?? 0, channels = -1): number[] {
  if (!shape || shape.length !== rank) throw new ShapeError(where, `input must have rank ${rank}, got ${formatShape(shape)}`)
  if (rank > 1 && shape.at(channels) === null) {
    const which = channels === -1 ? 'the last size of the input' : `the size of axis ${channels} of the input`
    throw new ShapeError(where, `${which} must be known, got ${formatShape(shape)}`)
  }
  return shape.slice(1).map((d) => d ?? NaN)
}

/** The shape of samples of these sizes: NaN is open. */
export function shapeOfSizes(sizes: readonly number[]): SymbolicShape {
  return [null, ...sizes.map((d) => (Number.isNaN(d) ? null : d))]
}

/** Whether samples say what some of the sizes are. */
export const isOpen = (shape: SymbolicShape): boolean => shape.indexOf(null, 1) > 0
