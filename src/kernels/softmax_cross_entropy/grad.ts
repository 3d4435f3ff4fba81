/**
 * softmaxCrossEntropyGrad: dx = dy * (softmax(x) * sum of t - t), row by row.
 * A row with dy 0 gets 0, whatever it holds, so that padding rows are inert; another row without a softmax (see softmax) gets NaN.
 */
import { ArgumentError } from '../../errors.ts'
import { expectRank, sizeOf } from '../../shape.ts'
import { expectRows, expectSame } from '../common.ts'
import { defineGradient, defineOp, everywhere, f32Bytes } from '../kernel.ts'
import { softmaxCrossEntropy } from './softmax_cross_entropy.ts'
import wgsl from './grad.wgsl'

/** x, t [N,K], dy [N] -> dx [N,K]. */
export const softmaxCrossEntropyGrad = defineOp<object>({
  name: 'softmaxCrossEntropyGrad',
  inputs: ['x', 't', 'dy'],
  output: 'dx',
  shape([x, t, dy]) {
    expectRank('softmaxCrossEntropyGrad', 'x', x!, 2)
    expectRows('softmaxCrossEntropyGrad', 'dy', dy!, x!)
    return expectSame('softmaxCrossEntropyGrad', 'x', x!, 't', t!)
  },
  cost: ({ output }) => ({ flops: 8 * sizeOf(output), bytes: f32Bytes(5 * sizeOf(output)) }),
  variants: everywhere(({ output }) => ({ wgsl, sizes: { N: output[0]!, K: output[1]! }, groups: output[0]! })),
})

export const softmaxCrossEntropyGradient = defineGradient(softmaxCrossEntropy, ({ g, node, dy, needs }) => {
  if (needs[1]) throw new ArgumentError('softmaxCrossEntropy', 'gradients go to the scores x only, got one for the targets t')
  return [g.add(softmaxCrossEntropyGrad, [...node.inputs, dy], {}), undefined]
})
