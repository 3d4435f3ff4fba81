/**
 * dropout (inverted): sets a share of the values to 0 and divides the others by 1 - rate, or does to both what it is told. Which, is a hash of seed,
 * salt and the element's index in the batch, so that the gradient is the same op with the same seed and no mask is kept.
 */
import { ArgumentError } from '../errors.ts'
import { sizeOf } from '../shape.ts'
import { elementGroups, expectRange, expectSeed } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './dropout.wgsl'

export interface DropoutAttrs {
  /** Share of the values dropped, in [0, 1). */
  readonly rate: number
  /** Tells layers with one seed apart; a whole number from 0 below 2^32. */
  readonly salt: number
  /**
   * One draw for `shared` values that lie `inner` apart: Keras's noise shape. Both divide the tensor. Of one sample there are so many draws as `each`
   * says, 0 where samples share theirs. Default: a draw for every value.
   */
  readonly noise?: { readonly shared: number; readonly inner: number; readonly each: number }
  /** What is dropped becomes `dropped`, what is not x * scale + shift. Default: 0, and x / (1 - rate). */
  readonly affine?: { readonly scale: number; readonly shift: number; readonly dropped: number }
}

/** @throws ArgumentError unless draws are shared by whole parts of x */
function checkNoise(size: number, { noise = { shared: 1, inner: 1, each: 1 } }: DropoutAttrs): void {
  const { shared, inner } = noise
  if ([shared, inner].every((n) => Number.isInteger(n) && n > 0) && size % (shared * inner) === 0) return
  throw new ArgumentError('dropout', `shared and inner must divide the ${size} values of x, got ${shared} and ${inner}`)
}

/** x [N,...], seed u32 [2]: a seed, and rows of the batch before these. */
export const dropout = defineOp<DropoutAttrs>({
  name: 'dropout',
  inputs: ['x', 'seed'],
  output: 'y',
  shape([x, seed], attrs) {
    const { rate, salt } = attrs
    expectSeed('dropout', seed!)
    expectRange('dropout', 'rate', rate, 0, 1)
    expectRange('dropout', 'salt', salt, 0, 2 ** 32)
    if (!Number.isInteger(salt)) throw new ArgumentError('dropout', `salt must be a whole number, got ${salt}`)
    checkNoise(sizeOf(x!), attrs)
    return x!
  },
  dtypes: () => ({ seed: 'u32' }),
  cost: ({ output }) => ({ flops: sizeOf(output), bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs: { rate, salt, noise, affine = { scale: 1 / (1 - rate), shift: 0, dropped: 0 } } }) => ({
    wgsl,
    sizes: {
      alike: noise?.shared ?? 1,
      inner: noise?.inner ?? 1,
      each: noise?.each ?? sizeOf(output.slice(1)),
      salt,
      dropBelow: Math.floor(rate * 2 ** 32),
      ...affine,
    },
    groups: elementGroups(sizeOf(output)),
  })),
})
