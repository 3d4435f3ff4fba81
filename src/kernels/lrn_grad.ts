/**
 * lrnGrad: dx = dy / s^beta - 2 * alpha * beta * x * (sum of dy * x / s^(beta + 1) over the channels that it is a neighbour of), where s is
 * bias + alpha * the sum of a channel's squares. In two passes: the terms of that sum, each of which many channels need, then all else.
 */
import { sizeOf } from '../shape.ts'
import { expectSame } from './common.ts'
import { defineGradient, defineOp, everywhere, f32Bytes } from './kernel.ts'
import { lrn, lrnKernel, type LrnAttrs } from './lrn.ts'
import wgsl from './lrn_grad.wgsl'

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

export const lrnGradient = defineGradient(lrn, ({ g, node, attrs, dy }) => {
  const [x] = node.inputs
  return [g.add(lrnGrad, [x, dy, g.add(lrnGrad, [x, dy], attrs)], attrs)]
})
