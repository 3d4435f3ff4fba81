/**
 * dropout (inverted): sets a share of the values to 0 and divides the others by 1 - rate. Which, is a hash of seed, salt and the
 * element's index, so that the gradient is the same op with the same seed and no mask is kept.
 */
import { ArgumentError } from '../errors.ts'
import { sizeOf } from '../shape.ts'
import { elementGroups, expectOne, expectRange } from './common.ts'
import { defineOp, everywhere, f32Bytes, type Op } from './kernel.ts'
import wgsl from './dropout.wgsl'

export interface DropoutAttrs {
  /** Share of the values dropped, in [0, 1). */
  readonly rate: number
  /** Tells layers with one seed apart; a whole number from 0 below 2^32. */
  readonly salt: number
}

/** x of any shape, seed u32 [1]. */
export const dropout: Op<DropoutAttrs> = defineOp<DropoutAttrs>({
  name: 'dropout',
  inputs: ['x', 'seed'],
  output: 'y',
  shape([x, seed], { rate, salt }) {
    expectOne('dropout', 'seed', seed!)
    expectRange('dropout', 'rate', rate, 0, 1)
    expectRange('dropout', 'salt', salt, 0, 2 ** 32)
    if (!Number.isInteger(salt)) throw new ArgumentError('dropout', `salt must be a whole number, got ${salt}`)
    return x!
  },
  dtypes: () => ({ seed: 'u32' }),
  cost: ({ output }) => ({ flops: sizeOf(output), bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs: { rate, salt } }) => ({
    wgsl,
    sizes: { salt, dropBelow: Math.floor(rate * 2 ** 32), scale: 1 / (1 - rate) },
    groups: elementGroups(sizeOf(output)),
  })),
  grad: ({ g, node, attrs, dy }) => [g.add(dropout, [dy, node.inputs[1]], attrs), undefined],
})
