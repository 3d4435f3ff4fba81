/** maxPoolGrad: each pixel gets the gradients of the windows whose maximum it is. */
import { bytesOf } from '../dtype.ts'
import { sizeOf } from '../shape.ts'
import { expectSame, fixedOnSoftware, pixelThreads, poolGradShape, poolGradSizes, threadGroups, type PoolGradAttrs } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import { argmaxShape } from './max_pool_argmax.ts'
import wgsl from './max_pool_grad.wgsl'

/** dy [N,P,Q,C], argmax u8 as maxPoolArgmax has it -> dx [N,height,width,C]. */
export const maxPoolGrad = defineOp<PoolGradAttrs>({
  name: 'maxPoolGrad',
  inputs: ['dy', 'argmax'],
  output: 'dx',
  shape([dy, argmax], attrs) {
    const x = poolGradShape('maxPoolGrad', dy!, attrs)
    expectSame('maxPoolGrad', 'argmax', argmax!, "maxPoolArgmax's output", argmaxShape(dy!))
    return x
  },
  dtypes: () => ({ argmax: 'u8' }),
  cost: ({ inputs: [dy, argmax], output, attrs }) => ({
    flops: 2 * sizeOf(dy!) * sizeOf(attrs.poolSize),
    bytes: f32Bytes(sizeOf(dy!), sizeOf(output)) + bytesOf({ shape: argmax!, dtype: 'u8' }),
  }),
  // Without constants 4x56x56x64 by 2x2 takes over twice as long on lavapipe.
  variants: fixedOnSoftware((io) => ({
    wgsl,
    sizes: poolGradSizes('maxPoolGrad', io),
    groups: threadGroups(pixelThreads(io.output)),
  })),
})
