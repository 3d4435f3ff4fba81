import { expect, test } from 'vitest'
import { softmaxGrad } from '../../src/kernels/softmax_grad.ts'
import { softmaxGradReference } from '../reference/loss.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

testOp(
  softmaxGrad,
  [
    { name: 'one score', inputs: [values([3, 1], 1, 0, 1), spiked([3, 1], 2)], attrs: {} },
    { name: 'ten scores', inputs: [values([5, 10], 3, 0, 0.2), spiked([5, 10], 4)], attrs: {} },
    { name: '1000 scores', inputs: [values([2, 1000], 5, 0, 0.002), spiked([2, 1000], 6)], attrs: {} },
  ],
  softmaxGradReference,
)

test('refuses shapes that differ', () => {
  expect(() =>
    softmaxGrad.shape(
      [
        [2, 3],
        [3, 2],
      ],
      {},
    ),
  ).toThrow('[softmaxGrad] y and dy must have one shape, got y [2,3] and dy [3,2]')
})
