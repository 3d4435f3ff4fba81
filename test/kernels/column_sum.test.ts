import { expect, test } from 'vitest'
import { columnSum } from '../../src/kernels/column_sum.ts'
import { columnSumReference } from '../reference/pooling.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked } from '../support/values.ts'

testOp(
  columnSum,
  [
    { name: 'one row', inputs: [spiked([1, 5], 1)], attrs: {} },
    { name: 'three rows', inputs: [spiked([3, 1], 2)], attrs: {} },
    { name: '32 rows', inputs: [spiked([32, 10], 3)], attrs: {} },
    { name: '130 columns', inputs: [spiked([33, 130], 4)], attrs: {} },
    { name: 'an image', inputs: [spiked([2, 5, 3, 7], 5)], attrs: {} },
    { name: 'seven rows at a time', inputs: [spiked([33, 13], 6)], attrs: { rows: 7 } },
    { name: 'one row at a time', inputs: [spiked([3, 70], 7)], attrs: { rows: 1 } },
    { name: 'more rows at a time than there are', inputs: [spiked([5, 3], 8)], attrs: { rows: 9 } },
  ],
  columnSumReference,
)

test('refuses a scalar, and rows that are none', () => {
  expect(() => columnSum.shape([[2, 3]], { rows: 0 })).toThrow('[columnSum] rows must be a positive whole number, got 0')
  expect(() => columnSum.shape([[]], {})).toThrow('[columnSum] x must have a channel axis, got x []')
})
