import { expect, test } from 'vitest'
import { Graph } from '../../src/graph/graph.ts'
import { softmaxCrossEntropy } from '../../src/kernels/softmax_cross_entropy/softmax_cross_entropy.ts'
import { softmaxCrossEntropyGradient } from '../../src/kernels/softmax_cross_entropy/grad.ts'
import { softmaxCrossEntropyReference } from '../reference/loss.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { values } from '../support/values.ts'

function oneHot(N: number, K: number) {
  const t = { shape: [N, K], data: new Float32Array(N * K) }
  for (let n = 0; n < N; n++) t.data[n * K + ((n * 7 + 1) % K)] = 1
  return t
}

// Rows: -Inf without a target, -Inf with one, all -Inf, NaN, +Inf, -Inf with a target and a NaN.
const rows = [
  [-Infinity, 1, 2],
  [1, -Infinity, 2],
  [-Infinity, -Infinity, -Infinity],
  [1, 2, NaN],
  [Infinity, 0, 1],
  [NaN, -Infinity, 1],
]
const bad = [
  { shape: [6, 3], data: new Float32Array(rows.flat()) },
  { shape: [6, 3], data: new Float32Array(rows.flatMap(() => [0, 1, 0])) },
]
const badTargets = { shape: [1, 3], data: new Float32Array([0, NaN, 1]) }

testOp(
  softmaxCrossEntropy,
  [
    { name: 'one score', inputs: [values([3, 1], 1), oneHot(3, 1)], attrs: {} },
    { name: 'ten scores, one-hot', inputs: [values([5, 10], 2, -6, 6), oneHot(5, 10)], attrs: {} },
    { name: 'soft targets', inputs: [values([4, 37], 3, -6, 6), values([4, 37], 4, 0, 0.1)], attrs: {} },
    { name: '1000 scores', inputs: [values([3, 1000], 6, -9, 9), oneHot(3, 1000)], attrs: {} },
    { name: 'large scores', inputs: [values([6, 10], 7, -1e4, 1e4), oneHot(6, 10)], attrs: {} },
    { name: 'not finite', inputs: bad, attrs: {} },
    { name: 'NaN among the targets', inputs: [values([1, 3], 9), badTargets], attrs: {} },
  ],
  softmaxCrossEntropyReference,
)

testGradient(
  softmaxCrossEntropy,
  [
    { name: 'one-hot', inputs: [values([4, 5], 1, -3, 3), oneHot(4, 5)], attrs: {} },
    { name: 'soft targets', inputs: [values([3, 7], 2, -3, 3), values([3, 7], 3, 0, 0.2)], attrs: {} },
  ],
  softmaxCrossEntropyReference,
  { constant: ['t'] },
)

test('the gradient goes to the scores and to nothing else', () => {
  const g = new Graph()
  const node = g.add(softmaxCrossEntropy, [g.input('x', [2, 3]), g.input('t', [2, 3])], {})
  const message = '[softmaxCrossEntropy] gradients go to the scores x only, got one for the targets t'
  const dy = g.input('dy', [2])
  expect(() => softmaxCrossEntropyGradient.by({ g, node, attrs: {}, dy, needs: [true, true] })).toThrow(message)
})

test('refuses shapes that do not fit', () => {
  const shape =
    (...shapes: number[][]) =>
    () =>
      softmaxCrossEntropy.shape(shapes, {})
  expect(shape([2, 3], [2, 4])).toThrow('[softmaxCrossEntropy] x and t must have one shape, got x [2,3] and t [2,4]')
})
