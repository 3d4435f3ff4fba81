/** erase: a rectangle of each sample filled, as Keras 3's RandomErasing does it, by numbers drawn for the sample. */
import { ArgumentError, ShapeError } from '../errors.ts'
import { ceilDiv, expectRank, formatShape, sameShape, sizeOf } from '../shape.ts'
import { expectSeed, pixelThreads, threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './erase.wgsl'

export interface EraseAttrs {
  /** One value, one for each of three channels, or null for normal noise whose deviation is the end of the range. */
  readonly fill: number | readonly [number, number, number] | null
  /** From where to where values go: what is filled in is cut off there. */
  readonly range: readonly [low: number, high: number]
  /** Tells noise with one seed apart; a whole number from 0 below 2^32. */
  readonly salt: number
}

/**
 * x [N,H,W,C], numbers [N,6], seed u32 [2] (of the noise, and rows of the batch before these) -> as x. Of each sample: the square of what share of the
 * width the rectangle has, that of the height; where in the room that is left its left edge lies and its upper one, from 0 to 1; a probability, and what
 * must be below it.
 * What is erased has no gradient.
 */
export const erase = defineOp<EraseAttrs>({
  name: 'erase',
  inputs: ['x', 'numbers', 'seed'],
  output: 'y',
  shape([x, numbers, seed], { fill, range }) {
    expectRank('erase', 'x', x!, 4)
    expectSeed('erase', seed!)
    if (!sameShape(numbers!, [x![0]!, 6]))
      throw new ShapeError('erase', `numbers must be six for each sample, got ${formatShape(numbers)} and x ${formatShape(x)}`)
    if (![fill ?? 0, range].flat().every(Number.isFinite) || range[0] > range[1])
      throw new ArgumentError(
        'erase',
        `fill and range must be finite numbers, the range in order, got ${String(fill)} and ${String(range)}`,
      )
    if (fill !== null && typeof fill !== 'number' && x![3] !== 3)
      throw new ShapeError('erase', `x must have 3 channels for a fill of each, got ${formatShape(x)}`)
    return x!
  },
  dtypes: () => ({ seed: 'u32' }),
  cost: ({ output }) => ({ flops: 4 * sizeOf(output), bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs: { fill, range, salt } }) => {
    const [, H, W, C] = output as readonly [number, number, number, number]
    const threads = pixelThreads(output)
    const [fill0, fill1, fill2] = typeof fill === 'number' ? [fill, fill, fill] : (fill ?? [0, 0, 0])
    const values = { salt, noise: +(fill === null), fill0, fill1, fill2, low: range[0], high: range[1] }
    return { wgsl, sizes: { H, W, C, CG: ceilDiv(C, 4), threads, ...values }, groups: threadGroups(threads) }
  }),
})
