import { expect, test } from 'vitest'
import { sampleRange } from '../../src/kernels/sample_range.ts'
import { sampleRangeReference } from '../reference/augmentation.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked } from '../support/values.ts'

testOp(
  sampleRange,
  [
    { name: 'one value', inputs: [spiked([3, 1], 1)], attrs: {} },
    { name: 'odd sizes, in parts of a dispatch', inputs: [spiked([5, 7, 9, 3], 2)], attrs: {}, options: { groupsPerPart: 2 } },
  ],
  sampleRangeReference,
)

test('refuses samples without values', () => {
  expect(() => sampleRange.shape([[3]], {})).toThrow('[sampleRange] x must have samples of at least one value, got x [3]')
})
