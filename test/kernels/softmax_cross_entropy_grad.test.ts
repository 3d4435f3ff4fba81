import { expect, test } from 'vitest'
import { softmaxCrossEntropyGrad } from '../../src/kernels/softmax_cross_entropy/grad.ts'
import { softmaxCrossEntropyGradReference } from '../reference/loss.ts'
import { testOp } from '../support/op-cases.ts'
import { values } from '../support/values.ts'

function oneHot(N: number, K: number) {
  const t = { shape: [N, K], data: new Float32Array(N * K) }
  for (let n = 0; n < N; n++) t.data[n * K + ((n * 7 + 1) % K)] = 1
  return t
}

// Rows: some -Inf, all -Inf, NaN, +Inf, NaN in a row of dy 0.
const rows = [
  [-Infinity, 1, 2],
  [-Infinity, -Infinity, -Infinity],
  [1, 2, NaN],
  [Infinity, 0, 1],
  [NaN, 1, 2],
]
const bad = [
  { shape: [5, 3], data: new Float32Array(rows.flat()) },
  { shape: [5, 3], data: new Float32Array(rows.flatMap(() => [0, 1, 0])) },
  { shape: [5], data: new Float32Array([0.5, -1, 1, 2, 0]) },
]

testOp(
  softmaxCrossEntropyGrad,
  [
    { name: 'one score', inputs: [values([3, 1], 1), oneHot(3, 1), values([3], 2)], attrs: {} },
    { name: 'ten scores, one-hot', inputs: [values([5, 10], 3, -6, 6), oneHot(5, 10), values([5], 4)], attrs: {} },
    {
      name: 'soft targets',
      inputs: [values([4, 37], 5, -6, 6), values([4, 37], 6, 0, 0.1), values([4], 8)],
      attrs: {},
    },
    { name: '1000 scores', inputs: [values([3, 1000], 9, -9, 9), oneHot(3, 1000), values([3], 10)], attrs: {} },
    { name: 'large scores', inputs: [values([6, 10], 11, -1e4, 1e4), oneHot(6, 10), values([6], 12)], attrs: {} },
    { name: 'not finite', inputs: bad, attrs: {} },
  ],
  softmaxCrossEntropyGradReference,
)

test('refuses shapes that do not fit', () => {
  const message = '[softmaxCrossEntropyGrad] dy must have one value per row of x, got dy [3] and x [2,3]'
  expect(() => softmaxCrossEntropyGrad.shape([[2, 3], [2, 3], [3]], {})).toThrow(message)
})
