/**
 * lrnGrad: dx = dy / s^beta - 2 * alpha * beta * x * (sum of dy * x / s^(beta + 1) over the channels that it is a neighbour of), where s is
 * bias + alpha * the sum of a channel's squares.
 */
import { sizeOf, type Shape } from '../shape.ts'
import { elementGroups, expectSame, lastAxis } from './common.ts'
import { defineOp, everywhere, f32Bytes, type Sizes } from './kernel.ts'
import wgsl from './lrn_grad.wgsl'

export interface LrnAttrs {
  /** Channels on each side. */
  readonly radius: number
  /** Added to the sum; greater than 0. */
  readonly bias: number
  /** Factor of the sum of squares. Caffe divides its alpha by the number of channels first; here it counts as it is. */
  readonly alpha: number
  readonly beta: number
}

/** Sizes of the shaders of lrn and its gradient. */
export function lrnSizes(x: Shape, { radius, bias, alpha, beta }: LrnAttrs): Sizes {
  return { C: lastAxis(x), step: 64 % lastAxis(x), radius, bias, alpha, beta }
}

/** x of any shape with channels last, dy of x's shape. */
export const lrnGrad = defineOp<LrnAttrs>({
  name: 'lrnGrad',
  inputs: ['x', 'dy'],
  output: 'dx',
  shape: ([x, dy]) => expectSame('lrnGrad', 'x', x!, 'dy', dy!),
  cost: ({ output, attrs }) => {
    const window = 2 * attrs.radius + 1
    return { flops: window * (2 * window + 20) * sizeOf(output), bytes: f32Bytes(3 * sizeOf(output)) }
  },
  variants: everywhere(({ output, attrs }) => ({ wgsl, sizes: lrnSizes(output, attrs), groups: elementGroups(sizeOf(output)) })),
})
