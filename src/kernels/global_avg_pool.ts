/** globalAvgPool: the mean of each channel over all pixels. */
import { expectRank, sizeOf } from '../shape.ts'
import { threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './global_avg_pool.wgsl'

/** x [N,H,W,C] -> [N,C]. */
export const globalAvgPool = defineOp<object>({
  name: 'globalAvgPool',
  inputs: ['x'],
  output: 'y',
  shape([x]) {
    expectRank('globalAvgPool', 'x', x!, 4)
    return [x![0]!, x![3]!]
  },
  cost: ({ inputs, output }) => ({ flops: sizeOf(inputs[0]!), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ inputs, output }) => {
    const [, H, W, C] = inputs[0] as readonly [number, number, number, number]
    return { wgsl, sizes: { pixels: H * W, C }, groups: threadGroups(sizeOf(output)) }
  }),
})
