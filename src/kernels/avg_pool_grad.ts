/** avgPoolGrad: each pixel gets from every window that holds it an equal share among the window's pixels in the image. */
import { sizeOf } from '../shape.ts'
import { fixedOnSoftware, pixelThreads, poolGradShape, poolGradSizes, threadGroups, type PoolGradAttrs } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import wgsl from './avg_pool_grad.wgsl'

/** dy [N,P,Q,C] -> dx [N,height,width,C]. */
export const avgPoolGrad = defineOp<PoolGradAttrs>({
  name: 'avgPoolGrad',
  inputs: ['dy'],
  output: 'dx',
  shape: ([dy], attrs) => poolGradShape('avgPoolGrad', dy!, attrs),
  cost: ({ inputs: [dy], output, attrs }) => ({
    flops: 2 * sizeOf(dy!) * sizeOf(attrs.poolSize),
    bytes: f32Bytes(sizeOf(dy!), sizeOf(output)),
  }),
  // Without constants 4x56x56x64 by 2x2 takes over twice as long on lavapipe.
  variants: fixedOnSoftware((io) => ({
    wgsl,
    sizes: poolGradSizes('avgPoolGrad', io),
    groups: threadGroups(pixelThreads(io.output)),
  })),
})
