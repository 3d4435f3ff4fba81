import { expect, test } from 'vitest'
import { pointwiseLossGrad } from '../../src/kernels/pointwise_loss/grad.ts'
import { pointwiseLossGradReference } from '../reference/pointwise_loss.ts'
import { testOp } from '../support/op-cases.ts'
import { pointwise } from '../support/losses.ts'
import { values } from '../support/values.ts'

const of = (shape: number[], ...data: number[]) => ({ shape, data: new Float32Array(data) })

testOp(
  pointwiseLossGrad,
  pointwise.map(([name, f, [a, b], [c, d]]) => ({
    name,
    inputs: [values([5, 67], 1, a, b), values([5, 67], 2, c, d), values([5], 3)],
    attrs: { f, scale: 1 / 67 },
  })),
  pointwiseLossGradReference,
)

testOp(
  pointwiseLossGrad,
  [
    {
      name: 'large scores',
      inputs: [values([3, 9], 4, -1e4, 1e4), values([3, 9], 5, 0, 1), values([3], 6)],
      attrs: { f: { kind: 'binaryOfScore', labelSmoothing: 0 }, scale: 1 },
    },
    {
      name: 'certain probabilities',
      inputs: [of([2, 2], 0, 1, 0, 1), of([2, 2], 0, 1, 1, 0), values([2], 7)],
      attrs: { f: { kind: 'binary', labelSmoothing: 0 }, scale: 1 },
    },
    { name: 'signs 0 and 1', inputs: [values([2, 2], 8), of([2, 2], 0, 1, 0, 1), values([2], 9)], attrs: { f: 'hinge', scale: 1 } },
    {
      name: 'a row that is padding, and one that is not finite',
      inputs: [of([3, 2], NaN, 1, 2, NaN, 4, 5), of([3, 2], 1, 1, 1, 1, 1, 1), of([3], 0, 1, 2)],
      attrs: { f: 'squared', scale: 1 },
    },
  ],
  pointwiseLossGradReference,
)

test('refuses what has no slope, and rows that do not fit', () => {
  const shape = (f: Parameters<typeof pointwiseLossGrad.shape>[1]['f'], dy: number[]) =>
    pointwiseLossGrad.shape([[2, 3], [2, 3], dy], { f, scale: 1 })
  expect(() => shape({ kind: 'matching', threshold: 0.5 }, [2])).toThrow('[pointwiseLossGrad] f must have a slope, got matching')
  expect(() => shape('squared', [3])).toThrow('[pointwiseLossGrad] dy must have one value per row of x, got dy [3] and x [2,3]')
})
