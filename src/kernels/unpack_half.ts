/** unpackHalf: what packHalf has stored in half the bytes, as f32 of the same values. */
import { ShapeError } from '../errors.ts'
import { expectRank, formatShape, sizeOf, type Shape } from '../shape.ts'
import { elementGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import { halfWords } from './pack_half.ts'
import wgsl from './unpack_half.wgsl'

export interface UnpackHalfAttrs {
  /** Of a row of y. */
  readonly row: Shape
}

/** x u32 [N, ceil(D / 2)] -> y [N, ...row], with D values a row. It is what a graph begins with, and has no gradient. */
export const unpackHalf = defineOp<UnpackHalfAttrs>({
  name: 'unpackHalf',
  inputs: ['x'],
  output: 'y',
  shape([x], { row }) {
    expectRank('unpackHalf', 'x', x!, 2)
    const words = halfWords(sizeOf(row))
    if (x![1] !== words)
      throw new ShapeError('unpackHalf', `x must have ${words} words for each row ${formatShape(row)}, got x ${formatShape(x)}`)
    return [x![0]!, ...row]
  },
  dtypes: () => ({ x: 'u32' }),
  cost: ({ inputs, output }) => ({ flops: 8 * sizeOf(output), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ inputs, output, attrs: { row } }) => ({
    wgsl,
    sizes: { D: sizeOf(row), W: inputs[0]![1]! },
    groups: elementGroups(sizeOf(output)),
  })),
})
