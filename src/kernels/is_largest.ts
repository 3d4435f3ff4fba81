/** isLargest: 1 where x is the largest of its row, all of several, else 0; what is 0 within 1e-9 is not (keras/src/metrics/f_score_metrics.py). */
import { expectRank, sizeOf } from '../shape.ts'
import { threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './is_largest.wgsl'

/** x [N,K] -> [N,K]. */
export const isLargest = defineOp<object>({
  name: 'isLargest',
  inputs: ['x'],
  output: 'y',
  shape([x]) {
    expectRank('isLargest', 'x', x!, 2)
    return x!
  },
  cost: ({ output }) => ({ flops: 2 * sizeOf(output), bytes: f32Bytes(3 * sizeOf(output)) }),
  variants: everywhere(({ output }) => ({ wgsl, sizes: { N: output[0]!, K: output[1]! }, groups: threadGroups(output[0]!) })),
})
