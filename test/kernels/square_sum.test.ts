import { expect, test } from 'vitest'
import { squareSumReference } from '../reference/optimizers.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'
import { squareSum } from '../../src/kernels/square_sum.ts'

testOp(
  squareSum,
  [
    { name: 'one element', inputs: [values([1], 1)], attrs: {} },
    { name: 'odd sizes, on top of another', inputs: [spiked([3, 3, 5, 7], 2), values([1], 3)], attrs: {} },
    { name: 'in groups, the last of what is left', inputs: [spiked([1025], 4)], attrs: { each: 100 } },
    { name: 'sums of squares', inputs: [values([65], 5, 0, 2), values([1], 6)], attrs: { added: true } },
    { name: 'in parts of a dispatch', inputs: [values([700], 7)], attrs: { each: 64 }, options: { groupsPerPart: 3 } },
  ],
  squareSumReference,
)

test('refuses groups that are none, or on top of something', () => {
  expect(() => squareSum.shape([[5]], { each: 0 })).toThrow('[squareSum] each must be a positive whole number, and none be before, got 0')
  expect(() => squareSum.shape([[5], [1]], { each: 2 })).toThrow('[squareSum] each must be a positive whole number')
  expect(() => squareSum.shape([[5], [2]], {})).toThrow('[squareSum] before must have 1 value, got before [2]')
})
