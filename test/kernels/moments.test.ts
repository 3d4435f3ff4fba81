import { expect, test } from 'vitest'
import { moments, type MomentsAttrs } from '../../src/kernels/moments.ts'
import { momentsReference } from '../reference/moments.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const shapes = [1, 3, 64, 100].flatMap((C) => [
  [1, C],
  [2, C],
  [5, C],
  [9, C],
  [2, 3, 3, C],
  [1037, C],
])
const cases: OpCase<MomentsAttrs>[] = [
  ...shapes.map((shape, i) => ({ name: shape.join('x'), inputs: [(i % 2 ? values : spiked)(shape, i)], attrs: {} })),
  { name: 'more workgroups than one', inputs: [spiked([17, 1000], 1)], attrs: {} },
  { name: '7 rows each', inputs: [spiked([33, 13], 2)], attrs: { rows: 7 } },
  { name: '17 rows each', inputs: [spiked([2, 10, 10, 3], 3)], attrs: { rows: 17 } },
  { name: 'more rows each than there are', inputs: [spiked([5, 3], 4)], attrs: { rows: 9 } },
  // Deviations of 0.6 beyond a mean whose square is 1e8: what the mean of squares loses.
  { name: 'a mean far from 0', inputs: [values([1500, 5], 5, 1e4 - 1, 1e4 + 1)], attrs: {} },
  { name: 'a mean far below 0', inputs: [values([1500, 5], 6, -1e4 - 1, 1 - 1e4)], attrs: { rows: 100 } },
]

/** Moments of some parts: variances are not below 0. */
function parts(count: number, C: number, seed: number, mean = 0) {
  const made = values([count, 2, C], seed)
  for (let i = 0; i < made.data.length; i++) made.data[i] = Math.floor(i / C) % 2 ? Math.abs(made.data[i]!) : made.data[i]! + mean
  return made
}
const merged: OpCase<MomentsAttrs>[] = [
  { name: 'of one part', inputs: [parts(1, 5, 1)], attrs: { of: { rows: 4, total: 3 } } },
  { name: 'of two parts', inputs: [parts(2, 3, 2)], attrs: { of: { rows: 4, total: 5 } } },
  { name: 'of 40 parts', inputs: [parts(40, 70, 3)], attrs: { of: { rows: 10, total: 400 } } },
  { name: 'of 41 parts, 9 each', inputs: [parts(41, 3, 4, 1e4)], attrs: { rows: 9, of: { rows: 10, total: 401 } } },
]
testOp(moments, [...cases, ...merged], momentsReference)

test('refuses rows that are none, and parts that are not all', () => {
  expect(() => moments.shape([[2, 3]], { rows: 0 })).toThrow('[moments] rows must be a positive whole number, got 0')
  expect(() => moments.shape([[]], {})).toThrow('[moments] x must have a channel axis, got x []')
  const rule = '[moments] x must have the moments of 9 rows, 4 each, got x [2,2,5]'
  expect(() => moments.shape([[2, 2, 5]], { of: { rows: 4, total: 9 } })).toThrow(rule)
})
