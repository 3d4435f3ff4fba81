import { expect, test } from 'vitest'
import { rowLossGrad } from '../../src/kernels/row_loss/grad.ts'
import { rowLossGradReference } from '../reference/row_loss.ts'
import { testOp } from '../support/op-cases.ts'
import { rowLosses } from '../support/losses.ts'
import { values } from '../support/values.ts'

const of = (shape: number[], ...data: number[]) => ({ shape, data: new Float32Array(data) })
const plain = { alpha: 1, gamma: 0, labelSmoothing: 0 }

testOp(
  rowLossGrad,
  rowLosses.map(([name, attrs, [low, high]]) => ({
    name,
    inputs: [values([5, 67], 1, low, high), values([5, 67], 2, 0, 0.1), values([5], 3)],
    attrs,
  })),
  rowLossGradReference,
)

testOp(
  rowLossGrad,
  [
    {
      name: 'certain probabilities',
      inputs: [of([2, 3], 0, 1, 0, 1, 0, 0), of([2, 3], 0, 1, 0, 0, 1, 0), values([2], 4)],
      attrs: { kind: 'categorical', ...plain },
    },
    {
      name: 'no probability',
      inputs: [of([2, 2], 0, 0, 1, 1), of([2, 2], 0, 1, 1, 0), values([2], 7)],
      attrs: { kind: 'categorical', ...plain },
    },
    { name: 'no length', inputs: [of([2, 2], 0, 0, 1, 1), of([2, 2], 1, 1, 0, 0), values([2], 5)], attrs: { kind: 'cosine', ...plain } },
    {
      name: 'several are the largest, and a gap that is wide enough',
      inputs: [of([2, 3], 2, 2, 1, -5, 5, -5), of([2, 3], 0, 0, 1, 0, 1, 0), values([2], 6)],
      attrs: { kind: 'hinge', ...plain },
    },
    {
      name: 'a row that is padding, and one that is not finite',
      inputs: [of([3, 2], NaN, 1, 2, NaN, 4, 5), of([3, 2], 1, 1, 1, 1, 1, 1), of([3], 0, 1, 2)],
      attrs: { kind: 'cosine', ...plain },
    },
  ],
  rowLossGradReference,
)

test('refuses rows that do not fit', () => {
  const message = '[rowLossGrad] dy must have one value per row of x, got dy [3] and x [2,3]'
  expect(() => rowLossGrad.shape([[2, 3], [2, 3], [3]], { kind: 'cosine', ...plain })).toThrow(message)
})
