/**
 * rowLoss: the loss of each row, for losses whose terms depend on the whole row (keras/src/losses/losses.py). NaN where a prediction or a target of
 * the row is not finite, or probabilities add up to 0.
 */
import { expectRank, sizeOf } from '../../shape.ts'
import { expectSame } from '../common.ts'
import { defineOp, everywhere, f32Bytes } from '../kernel.ts'
import { checkRowLoss, rowLossKernel, type RowLossAttrs } from './attrs.ts'

/** y (predictions), t (targets) [N,K] -> loss [N]. */
export const rowLoss = defineOp<RowLossAttrs>({
  name: 'rowLoss',
  inputs: ['y', 't'],
  output: 'loss',
  shape([y, t], attrs) {
    checkRowLoss('rowLoss', attrs)
    expectRank('rowLoss', 'y', y!, 2)
    return [expectSame('rowLoss', 'y', y!, 't', t!)[0]!]
  },
  cost: ({ inputs, output }) => ({ flops: 10 * sizeOf(inputs[0]!), bytes: f32Bytes(4 * sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ inputs, attrs }) => rowLossKernel(attrs, inputs[0]!, false)),
})
