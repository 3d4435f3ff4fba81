/** resizeAxisGrad: each pixel gets the gradients of the pixels that were made of it, times the weights that it had. */
import { sizeOf } from '../shape.ts'
import { fixedOnSoftware, threadGroups } from './common.ts'
import { defineGradient, defineOp, f32Bytes, type Sizes } from './kernel.ts'
import { axisShape, axisSizes, resizeAxis, type AxisAttrs } from './resize_axis.ts'
import wgsl from './resize_axis_grad.wgsl'

export interface AxisGradAttrs extends AxisAttrs {
  /** Of the image that was resized, along the axis. */
  readonly size: number
}

/** dy [N,T,W,C] or [N,H,T,C], taps [T,1+S] as resizeAxis takes them -> dx, of `size` along the axis. */
export const resizeAxisGrad = defineOp<AxisGradAttrs>({
  name: 'resizeAxisGrad',
  inputs: ['dy', 'taps'],
  output: 'dx',
  shape: ([dy, taps], attrs) => axisShape('resizeAxisGrad', 'dy', dy!, taps!, attrs, attrs.size),
  cost: ({ inputs: [dy, taps], output }) => {
    const terms = sizeOf(dy!) * (taps![1]! - 1)
    return { flops: 2 * terms, bytes: f32Bytes(terms, sizeOf(output)) }
  },
  variants: fixedOnSoftware(({ inputs: [dy, taps], output, attrs }) => {
    const sizes: Sizes = { L: attrs.size, T: dy![attrs.axis]!, ...axisSizes(output, taps!, attrs) }
    return { wgsl, sizes, groups: threadGroups(sizes['threads']!) }
  }),
})

/** The weights are constants. */
export const resizeAxisGradient = defineGradient(resizeAxis, ({ g, node, attrs: { axis }, dy }) => {
  const [x, taps] = node.inputs
  return [g.add(resizeAxisGrad, [dy, taps], { axis, size: x!.shape[axis]! }), undefined]
})
