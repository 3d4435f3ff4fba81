/** resizeBilinearGrad: each pixel gets the gradients of the output pixels that it was read for, times the weights that it was read with. */
import { ceilDiv, sizeOf } from '../shape.ts'
import { fixedOnSoftware, pixelThreads, threadGroups } from './common.ts'
import { defineGradient, defineOp, f32Bytes } from './kernel.ts'
import { bilinearSizes, checkMode, resizedShape, type BilinearAttrs } from './resize.ts'
import { resizeBilinear } from './resize_bilinear.ts'
import wgsl from './resize_bilinear_grad.wgsl'

/** dy [N,P,Q,C] -> dx [N,height,width,C]; `mode` is that of the resize. */
export const resizeBilinearGrad = defineOp<BilinearAttrs>({
  name: 'resizeBilinearGrad',
  inputs: ['dy'],
  output: 'dx',
  shape([dy], attrs) {
    checkMode('resizeBilinearGrad', attrs)
    return resizedShape('resizeBilinearGrad', 'dy', dy!, attrs)
  },
  cost: ({ inputs, output }) => ({ flops: 24 * sizeOf(inputs[0]!), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: fixedOnSoftware(({ inputs, output, attrs: { mode } }) => {
    const [, H, W, C] = output as readonly [number, number, number, number]
    const [, P, Q] = inputs[0] as readonly [number, number, number, number]
    const threads = pixelThreads(output)
    const sizes = { H, W, C, P, Q, ...bilinearSizes(output, inputs[0]!, mode), CG: ceilDiv(C, 4), threads }
    return { wgsl, sizes, groups: threadGroups(threads) }
  }),
})

export const resizeBilinearGradient = defineGradient(resizeBilinear, ({ g, node, attrs: { mode }, dy }) => {
  const [, height, width] = node.inputs[0]!.shape as readonly [number, number, number]
  return [g.add(resizeBilinearGrad, [dy], { height, width, mode })]
})
