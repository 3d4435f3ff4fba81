/** argMax: where the largest of each row is, or the smallest. */
import { ShapeError } from '../errors.ts'
import { expectRank, formatShape, sizeOf } from '../shape.ts'
import { threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './arg_max.wgsl'

/** Numbers up to which f32 has every whole one. */
export const MOST_PLACES = 2 ** 24

export interface ArgMaxAttrs {
  /** The smallest instead. */
  readonly smallest: boolean
  /** Whether -0 is below 0, as in argmax and argmin of Keras 3, or the same. */
  readonly signedZeros: boolean
}

/** x [N,K] -> [N]: the place of the largest of each row, or of the smallest, the first of several; NaN goes before any number. */
export const argMax = defineOp<ArgMaxAttrs>({
  name: 'argMax',
  inputs: ['x'],
  output: 'y',
  shape([x]) {
    expectRank('argMax', 'x', x!, 2)
    if (x![1]! <= MOST_PLACES) return [x![0]!]
    throw new ShapeError('argMax', `rows must have at most ${MOST_PLACES} values, whose places f32 can tell apart, got x ${formatShape(x)}`)
  },
  cost: ({ inputs, output }) => ({ flops: sizeOf(inputs[0]!), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ inputs: [x], attrs: { smallest, signedZeros } }) => ({
    wgsl,
    sizes: { N: x![0]!, K: x![1]!, smallest: Number(smallest), zeros: Number(signedZeros) },
    groups: threadGroups(x![0]!),
  })),
})
