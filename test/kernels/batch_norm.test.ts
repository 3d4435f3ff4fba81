import { expect, test } from 'vitest'
import { gradients } from '../../src/graph/grad.ts'
import { Graph } from '../../src/graph/graph.ts'
import { batchNorm } from '../../src/kernels/batch_norm.ts'
import { batchNormReference } from '../reference/elementwise.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

function inputs(shape: number[]) {
  const C = [shape.at(-1)!]
  return { x: spiked(shape, 1), gamma: values(C, 2, 0.5, 2), beta: values(C, 3), mean: values(C, 4), variance: values(C, 5, 0, 3) }
}

const cases = [
  [2, 5, 7, 1],
  [2, 5, 7, 3],
  [1, 4, 3, 5],
  [2, 3, 3, 64],
  [9, 10],
].flatMap((shape): OpCase<{ epsilon: number }>[] => {
  const { x, gamma, beta, mean, variance } = inputs(shape)
  const name = shape.join('x')
  return [
    { name, inputs: [x, gamma, beta, mean, variance], attrs: { epsilon: 1e-3 } },
    { name: `${name} without gamma`, inputs: [x, undefined, beta, mean, variance], attrs: { epsilon: 1.001e-5 } },
    { name: `${name} without beta`, inputs: [x, gamma, undefined, mean, variance], attrs: { epsilon: 1e-3 } },
    { name: `${name} without either`, inputs: [x, undefined, undefined, mean, variance], attrs: { epsilon: 1e-3 } },
  ]
})
testOp(batchNorm, cases, batchNormReference)

const small = inputs([2, 3, 2, 3])
const x = values([2, 3, 2, 3], 6)
testGradient(
  batchNorm,
  [
    { name: 'all', inputs: [x, small.gamma, small.beta, small.mean, small.variance], attrs: { epsilon: 1e-3 } },
    { name: 'without gamma and beta', inputs: [x, undefined, undefined, small.mean, small.variance], attrs: { epsilon: 1e-3 } },
  ],
  batchNormReference,
  { constant: ['mean', 'variance'] },
)

test('moving statistics have no gradient', () => {
  const g = new Graph()
  const [mean, variance] = [g.input('mean', [3]), g.input('variance', [3])]
  const y = g.add(batchNorm, [g.input('x', [2, 3]), undefined, undefined, mean, variance], { epsilon: 1e-3 })
  const rule = '[batchNorm] moving statistics have no gradient, got mean true and variance false needed'
  expect(() => gradients(g, y, g.input('dy', [2, 3]), [mean])).toThrow(rule)
})

test('refuses statistics that do not fit the channels', () => {
  const shapes = [[1, 4, 4, 8], undefined, [8], [8], [4]]
  const message = '[batchNorm] variance must match the last axis of x, got variance [4] and x [1,4,4,8]'
  expect(() => batchNorm.shape(shapes, { epsilon: 1e-3 })).toThrow(message)
})
