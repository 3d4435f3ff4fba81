/** packHalf: rows in half the bytes, as f16, which every adapter can store: two in a word of u32. */
import { ShapeError } from '../errors.ts'
import { ceilDiv, formatShape, sizeOf } from '../shape.ts'
import { elementGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './pack_half.wgsl'

/** Words of u32 that so many halves take. */
export const halfWords = (values: number): number => ceilDiv(values, 2)

/**
 * x [N, ...] with D values a row -> y u32 [N, ceil(D / 2)]. Each is rounded to the nearest f16, ties to even: off by 2^-11 of itself at most, below
 * 2^-14 by 2^-25, and infinite from 65520 on. It has no gradient.
 */
export const packHalf = defineOp<object>({
  name: 'packHalf',
  inputs: ['x'],
  output: 'y',
  shape([x]) {
    if (!x!.length) throw new ShapeError('packHalf', `x must have a row axis, got x ${formatShape(x)}`)
    return [x![0]!, halfWords(sizeOf(x!.slice(1)))]
  },
  dtypes: () => ({ y: 'u32' }),
  cost: ({ inputs, output }) => ({ flops: 8 * sizeOf(inputs[0]!), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ inputs, output }) => ({
    wgsl,
    sizes: { D: sizeOf(inputs[0]!.slice(1)), W: output[1]! },
    groups: elementGroups(sizeOf(output)),
  })),
})
