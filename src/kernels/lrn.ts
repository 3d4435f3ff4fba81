/** lrn: local response normalisation over neighbouring channels (Krizhevsky et al. 2012, section 3.3), as tf.nn.lrn has it. */
import { ArgumentError } from '../errors.ts'
import { ceilDiv, sizeOf, type Shape } from '../shape.ts'
import { lastAxis, threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes, type Kernel, type Sizes } from './kernel.ts'
import wgsl from './lrn.wgsl'

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

/** x of any shape with channels last. */
export const lrn = defineOp<LrnAttrs>({
  name: 'lrn',
  inputs: ['x'],
  output: 'y',
  shape([x], { radius, bias, alpha, beta }) {
    if (!Number.isInteger(radius) || radius < 0) throw new ArgumentError('lrn', `radius must be a whole number from 0, got ${radius}`)
    if (!(bias > 0 && alpha >= 0 && Number.isFinite(bias + alpha + beta))) {
      throw new ArgumentError('lrn', `bias must be greater than 0, alpha at least 0, beta finite, got ${bias}, ${alpha} and ${beta}`)
    }
    return x!
  },
  cost: ({ output, attrs }) => ({ flops: (2 * (2 * attrs.radius + 1) + 5) * sizeOf(output), bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs }) => lrnKernel(wgsl, output, attrs)),
})
