/**
 * gaussianNoise: adds normal noise, or multiplies by it. Which, is a hash of seed, salt and the element's index in the batch,
 * so that the gradient is the same op with the same seed and no noise is kept.
 */
import { ArgumentError } from '../errors.ts'
import { sizeOf } from '../shape.ts'
import { elementGroups, expectRange, expectSeed } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './gaussian_noise.wgsl'

export interface GaussianNoiseAttrs {
  /** `add`: noise of mean 0 to x; `multiply`: x by noise of mean 1. */
  readonly kind: 'add' | 'multiply'
  /** Standard deviation of the noise, from 0. */
  readonly stddev: number
  /** Tells layers with one seed apart; a whole number from 0 below 2^32. */
  readonly salt: number
}

/** x [N,...], seed u32 [2]: a seed, and rows of the batch before these. */
export const gaussianNoise = defineOp<GaussianNoiseAttrs>({
  name: 'gaussianNoise',
  inputs: ['x', 'seed'],
  output: 'y',
  shape([x, seed], { kind, stddev, salt }) {
    expectSeed('gaussianNoise', seed!)
    if (kind !== 'add' && kind !== 'multiply') throw new ArgumentError('gaussianNoise', `kind must be add or multiply, got ${String(kind)}`)
    expectRange('gaussianNoise', 'stddev', stddev, 0, Infinity)
    expectRange('gaussianNoise', 'salt', salt, 0, 2 ** 32)
    if (!Number.isInteger(salt)) throw new ArgumentError('gaussianNoise', `salt must be a whole number, got ${salt}`)
    return x!
  },
  dtypes: () => ({ seed: 'u32' }),
  cost: ({ output }) => ({ flops: 8 * sizeOf(output), bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs: { kind, stddev, salt } }) => ({
    wgsl,
    sizes: { each: sizeOf(output.slice(1)), salt, stddev, added: kind === 'add' ? 1 : 0 },
    groups: elementGroups(sizeOf(output)),
  })),
})
