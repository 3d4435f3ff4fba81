/** rowLossGrad: the gradient of rowLoss by y. A row with dy 0 gets 0, whatever it holds; where several are the largest, they share its gradient. */
import { ArgumentError } from '../../errors.ts'
import { expectRank, sizeOf } from '../../shape.ts'
import { expectRows, expectSame } from '../common.ts'
import { defineGradient, defineOp, everywhere, f32Bytes } from '../kernel.ts'
import { checkRowLoss, rowLossKernel, type RowLossAttrs } from './attrs.ts'
import { rowLoss } from './row_loss.ts'

/** y, t [N,K], dy [N] -> dx [N,K]. */
export const rowLossGrad = defineOp<RowLossAttrs>({
  name: 'rowLossGrad',
  inputs: ['y', 't', 'dy'],
  output: 'dx',
  shape([y, t, dy], attrs) {
    checkRowLoss('rowLossGrad', attrs)
    expectRank('rowLossGrad', 'y', y!, 2)
    expectRows('rowLossGrad', 'dy', dy!, y!)
    return expectSame('rowLossGrad', 'y', y!, 't', t!)
  },
  cost: ({ output }) => ({ flops: 20 * sizeOf(output), bytes: f32Bytes(7 * sizeOf(output)) }),
  variants: everywhere(({ inputs, attrs }) => rowLossKernel(attrs, inputs[0]!, true)),
})

export const rowLossGradient = defineGradient(rowLoss, ({ g, node, attrs, dy, needs }) => {
  if (needs[1]) throw new ArgumentError('rowLoss', 'gradients go to the predictions y only, got one for the targets t')
  return [g.add(rowLossGrad, [...node.inputs, dy], attrs), undefined]
})
