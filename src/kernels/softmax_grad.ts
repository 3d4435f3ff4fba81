/** softmaxGrad: dx = y * (dy - sum of y * dy), row by row, from softmax's output y. */
import { expectRank, sizeOf } from '../shape.ts'
import { expectSame } from './common.ts'
import { defineGradient, defineOp, everywhere, f32Bytes } from './kernel.ts'
import { softmax } from './softmax.ts'
import wgsl from './softmax_grad.wgsl'

/** y, dy [N,K] -> dx [N,K]. */
export const softmaxGrad = defineOp<object>({
  name: 'softmaxGrad',
  inputs: ['y', 'dy'],
  output: 'dx',
  shape([y, dy]) {
    expectRank('softmaxGrad', 'y', y!, 2)
    return expectSame('softmaxGrad', 'y', y!, 'dy', dy!)
  },
  cost: ({ output }) => ({ flops: 4 * sizeOf(output), bytes: f32Bytes(3 * sizeOf(output)) }),
  variants: everywhere(({ output }) => ({ wgsl, sizes: { N: output[0]!, K: output[1]! }, groups: output[0]! })),
})

export const softmaxGradient = defineGradient(softmax, ({ g, node, dy }) => [g.add(softmaxGrad, [node, dy], {})])
