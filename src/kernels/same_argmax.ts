/**
 * sameArgmax: 1 for a row whose largest score and largest target are at the same place, else 0; the first of equals counts. NaN is never the
 * largest, but where it comes first.
 */
import { expectRank, sizeOf } from '../shape.ts'
import { expectSame, threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './same_argmax.wgsl'

/** x (scores), t (targets) [N,K] -> y [N]. */
export const sameArgmax = defineOp<object>({
  name: 'sameArgmax',
  inputs: ['x', 't'],
  output: 'y',
  shape([x, t]) {
    expectRank('sameArgmax', 'x', x!, 2)
    expectSame('sameArgmax', 'x', x!, 't', t!)
    return [x![0]!]
  },
  cost: ({ inputs, output }) => ({ flops: 2 * sizeOf(inputs[0]!), bytes: f32Bytes(2 * sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ inputs, output }) => ({ wgsl, sizes: { K: inputs[0]![1]! }, groups: threadGroups(sizeOf(output)) })),
})
