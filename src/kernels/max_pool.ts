/** maxPool: the largest value of each window; padding never wins. NaN in a window gives NaN, as in Keras. */
import { sizeOf } from '../shape.ts'
import { pixelThreads, poolShape, poolSizes, threadGroups, type PoolAttrs } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './max_pool.wgsl'

/** x [N,H,W,C] -> [N,P,Q,C]. */
export const maxPool = defineOp<PoolAttrs>({
  name: 'maxPool',
  inputs: ['x'],
  output: 'y',
  shape: ([x], attrs) => poolShape('maxPool', x!, attrs),
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
    sizes: poolSizes('maxPool', io),
    groups: threadGroups(pixelThreads(io.output)),
  })),
})
