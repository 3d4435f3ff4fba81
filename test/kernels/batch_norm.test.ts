import { expect, test } from 'vitest'
import { batchNorm } from '../../src/kernels/batch_norm.ts'
import { batchNormReference } from '../reference/elementwise.ts'
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

test('refuses statistics that do not fit the channels', () => {
  const shapes = [[1, 4, 4, 8], undefined, [8], [8], [4]]
  const message = '[batchNorm] variance must match the last axis of x, got variance [4] and x [1,4,4,8]'
  expect(() => batchNorm.shape(shapes, { epsilon: 1e-3 })).toThrow(message)
})
