/**
 * poolGrad: the gradient of maxPool, each pixel gets those of the windows whose maximum it is; or of avgPool, from every window that holds it an
 * equal share among the window's pixels in the image.
 */
import { bytesOf } from '../dtype.ts'
import { sizeOf } from '../shape.ts'
import { expectSame, fixedOnSoftware, pixelThreads, poolGradShape, poolGradSizes, threadGroups, type PoolGradAttrs } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import { argmaxShape } from './max_pool_argmax.ts'
import wgsl from './pool_grad.wgsl'

/** dy [N,P,Q,C], of a maximum argmax u8 as maxPoolArgmax has it -> dx [N,height,width,C]. */
export const poolGrad = defineOp<PoolGradAttrs>({
  name: 'poolGrad',
  inputs: ['dy', 'argmax?'],
  output: 'dx',
  shape([dy, argmax], attrs) {
    const x = poolGradShape('poolGrad', dy!, attrs)
    if (argmax) expectSame('poolGrad', 'argmax', argmax, "maxPoolArgmax's output", argmaxShape(dy!))
    return x
  },
  dtypes: () => ({ argmax: 'u8' }),
  cost: ({ inputs: [dy, argmax], output, attrs }) => ({
    flops: 2 * sizeOf(dy!) * sizeOf(attrs.poolSize),
    bytes: f32Bytes(sizeOf(dy!), sizeOf(output)) + (argmax ? bytesOf({ shape: argmax, dtype: 'u8' }) : 0),
  }),
  // Without constants 4x56x56x64 by 2x2 takes over twice as long on lavapipe.
  variants: fixedOnSoftware((io) => ({
    wgsl,
    sizes: { ...poolGradSizes('poolGrad', io), noted: io.inputs[1] ? 1 : 0 },
    groups: threadGroups(pixelThreads(io.output)),
  })),
})
