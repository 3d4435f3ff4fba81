/** argMax: where the largest of each row is. */
import { ShapeError } from '../errors.ts'
import { expectRank, formatShape, sizeOf } from '../shape.ts'
import { threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './arg_max.wgsl'

/** Numbers up to which f32 has every whole one. */
export const MOST_PLACES = 2 ** 24

/** x [N,K] -> [N]: the place of the largest of each row, the first of several; NaN is larger than any number. */
export const argMax = defineOp<object>({
  name: 'argMax',
  inputs: ['x'],
  output: 'y',
  shape([x]) {
    expectRank('argMax', 'x', x!, 2)
    if (x![1]! <= MOST_PLACES) return [x![0]!]
    throw new ShapeError('argMax', `rows must have at most ${MOST_PLACES} values, whose places f32 can tell apart, got x ${formatShape(x)}`)
  },
  cost: ({ inputs, output }) => ({ flops: sizeOf(inputs[0]!), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ inputs: [x] }) => ({ wgsl, sizes: { N: x![0]!, K: x![1]! }, groups: threadGroups(x![0]!) })),
})
