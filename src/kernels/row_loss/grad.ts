/** rowLossGrad: the gradient of rowLoss by y. A row with dy 0 gets 0, whatever it holds; where several are the largest, they share its gradient. */
import { expectRank, sizeOf } from '../../shape.ts'
import { expectRows, expectSame } from '../common.ts'
import { defineOp, everywhere, f32Bytes } from '../kernel.ts'
import { checkRowLoss, rowLossKernel, type RowLossAttrs } from './attrs.ts'

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
