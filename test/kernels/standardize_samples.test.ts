import { expect, test } from 'vitest'
import { standardizeSamples } from '../../src/kernels/standardize_samples.ts'
import { standardizeSamplesReference } from '../reference/augmentation.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

testOp(
  standardizeSamples,
  [
    { name: 'centred', inputs: [spiked([3, 3, 5, 3], 1)], attrs: { deviation: false } },
    { name: 'far from 0', inputs: [values([5, 9, 7, 3], 2, 1000, 1255)], attrs: { deviation: true } },
    { name: 'one value', inputs: [values([2, 1], 3)], attrs: { deviation: false } },
    { name: 'in parts of a dispatch', inputs: [values([5, 131], 4)], attrs: { deviation: true }, options: { groupsPerPart: 2 } },
  ],
  standardizeSamplesReference,
)

testGradient(
  standardizeSamples,
  [true, false].map((deviation) => ({ name: deviation ? 'scaled' : 'centred', inputs: [values([2, 3, 5], 5)], attrs: { deviation } })),
  standardizeSamplesReference,
)

test('refuses samples without values', () => {
  expect(() => standardizeSamples.shape([[3]], { deviation: true })).toThrow(
    '[standardizeSamples] x must have samples of at least one value, got x [3]',
  )
})
