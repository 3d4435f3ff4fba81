/**
 * lrnGrad: dx = dy / s^beta - 2 * alpha * beta * x * (sum of dy * x / s^(beta + 1) over the channels that it is a neighbour of), where s is
 * bias + alpha * the sum of a channel's squares. In two passes: the terms of that sum, each of which many channels need, then all else.
 */
import { ceilDiv, sizeOf, type Shape } from '../shape.ts'
import { expectSame, lastAxis, threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes, type Kernel, type Sizes } from './kernel.ts'
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

/** A thread for four channels of a pixel, as the shaders of lrn and its gradient have it. @param more sizes of its own */
export function lrnKernel(wgsl: string, x: Shape, { radius, bias, alpha, beta }: LrnAttrs, more: Sizes = {}): Kernel {
  const C = lastAxis(x)
  const CG = ceilDiv(C, 4)
  const threads = (sizeOf(x) / C) * CG
  return { wgsl, sizes: { C, CG, radius, bias, alpha, beta, threads, ...more }, groups: threadGroups(threads) }
}

/** x of any shape with channels last, dy of x's shape -> the terms; with these, dx. */
export const lrnGrad = defineOp<LrnAttrs>({
  name: 'lrnGrad',
  inputs: ['x', 'dy', 'terms?'],
  output: 'dx',
  shape([x, dy, terms]) {
    if (terms) expectSame('lrnGrad', 'terms', terms, 'x', x!)
    return expectSame('lrnGrad', 'x', x!, 'dy', dy!)
  },
  cost: ({ inputs, output, attrs }) => {
    const sums = inputs[2] ? 2 : 1
    return { flops: (2 * sums * (2 * attrs.radius + 1) + 20) * sizeOf(output), bytes: f32Bytes((2 + sums) * sizeOf(output)) }
  },
  variants: everywhere(({ inputs, output, attrs }) => lrnKernel(wgsl, output, attrs, { given: inputs[2] ? 1 : 0 })),
})
