/**
 * softmax over the last axis. A row with NaN or +Inf, or with nothing but -Inf, has no softmax and becomes NaN throughout, as in Keras;
 * -Inf beside finite scores gets 0.
 */
import { expectRank, sizeOf } from '../shape.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './softmax.wgsl'

/** x [N,K] -> [N,K]. */
export const softmax = defineOp<object>({
  name: 'softmax',
  inputs: ['x'],
  output: 'y',
  shape([x]) {
    expectRank('softmax', 'x', x!, 2)
    return x!
  },
  cost: ({ output }) => ({ flops: 5 * sizeOf(output), bytes: f32Bytes(3 * sizeOf(output)) }),
  variants: everywhere(({ output }) => ({ wgsl, sizes: { N: output[0]!, K: output[1]! }, groups: output[0]! })),
})
