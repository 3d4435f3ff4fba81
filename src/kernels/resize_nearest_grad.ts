/** resizeNearestGrad: each pixel gets the sum of the gradients of the output pixels that it was taken for, if any. */
import { ceilDiv, sizeOf } from '../shape.ts'
import { fixedOnSoftware, pixelThreads, threadGroups } from './common.ts'
import { defineGradient, defineOp, f32Bytes } from './kernel.ts'
import { resizedShape, type ResizeAttrs } from './resize.ts'
import { resizeNearest } from './resize_nearest.ts'
import wgsl from './resize_nearest_grad.wgsl'

/** dy [N,P,Q,C] -> dx [N,height,width,C]. */
export const resizeNearestGrad = defineOp<ResizeAttrs>({
  name: 'resizeNearestGrad',
  inputs: ['dy'],
  output: 'dx',
  shape: ([dy], attrs) => resizedShape('resizeNearestGrad', 'dy', dy!, attrs),
  cost: ({ inputs, output }) => ({ flops: sizeOf(inputs[0]!), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: fixedOnSoftware(({ inputs, output }) => {
    const [, H, W, C] = output as readonly [number, number, number, number]
    const [, P, Q] = inputs[0] as readonly [number, number, number, number]
    const threads = pixelThreads(output)
    return { wgsl, sizes: { H, W, C, P, Q, CG: ceilDiv(C, 4), threads }, groups: threadGroups(threads) }
  }),
})

export const resizeNearestGradient = defineGradient(resizeNearest, ({ g, node, dy }) => {
  const [, height, width] = node.inputs[0]!.shape as readonly [number, number, number]
  return [g.add(resizeNearestGrad, [dy], { height, width })]
})
