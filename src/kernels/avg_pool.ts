/** avgPool: the mean of each window; pixels of the padding count neither in the sum nor in the divisor, as in Keras. */
import { sizeOf } from '../shape.ts'
import { pixelThreads, poolShape, poolSizes, threadGroups, type PoolAttrs } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './avg_pool.wgsl'

/** x [N,H,W,C] -> [N,P,Q,C]. */
export const avgPool = defineOp<PoolAttrs>({
  name: 'avgPool',
  inputs: ['x'],
  output: 'y',
  shape: ([x], attrs) => poolShape('avgPool', x!, attrs),
  cost: ({
    inputs,
    output,
    attrs: {
      poolSize: [R, S],
    },
  }) => ({
    flops: sizeOf(output) * R * S,
    bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)),
  }),
  sliceable: true,
  variants: everywhere((io) => ({
    wgsl,
    sizes: poolSizes('avgPool', io),
    groups: threadGroups(pixelThreads(io.output)),
  })),
})
