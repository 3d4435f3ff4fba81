/**
 * softmaxCrossEntropy: the loss of each row, -sum of t * log(softmax(x)), from scores and without overflow.
 * A term with t = 0 counts 0 whatever its score.
 * NaN or +Inf among the scores or targets, or nothing but -Inf scores, give NaN; a target on a score of -Inf gives Inf.
 */
import { expectRank, sizeOf } from '../../shape.ts'
import { expectSame } from '../common.ts'
import { defineOp, everywhere, f32Bytes } from '../kernel.ts'
import wgsl from './softmax_cross_entropy.wgsl'

/** x (scores), t (targets, one-hot or soft) [N,K] -> loss [N]. */
export const softmaxCrossEntropy = defineOp<object>({
  name: 'softmaxCrossEntropy',
  inputs: ['x', 't'],
  output: 'loss',
  shape([x, t]) {
    expectRank('softmaxCrossEntropy', 'x', x!, 2)
    expectSame('softmaxCrossEntropy', 'x', x!, 't', t!)
    return [x![0]!]
  },
  cost: ({ inputs }) => ({ flops: 6 * sizeOf(inputs[0]!), bytes: f32Bytes(3 * sizeOf(inputs[0]!), inputs[0]![0]!) }),
  variants: everywhere(({ inputs, output }) => ({ wgsl, sizes: { N: output[0]!, K: inputs[0]![1]! }, groups: output[0]! })),
})
