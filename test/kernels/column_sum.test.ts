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
  ],
  columnSumReference,
)

test('refuses a scalar', () => {
  expect(() => columnSum.shape([[]], {})).toThrow('[columnSum] x must have a channel axis, got x []')
})
