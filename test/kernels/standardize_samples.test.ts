import { expect, test } from 'vitest'
import { standardizeSamples } from '../../src/kernels/standardize_samples.ts'
import { standardizeSamplesReference } from '../reference/adjust_color.ts'
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
    { name: 'backward, centred', inputs: [values([3, 3, 5, 3], 5), values([3, 3, 5, 3], 6)], attrs: { deviation: false } },
    { name: 'backward', inputs: [values([5, 9, 7, 3], 7), values([5, 9, 7, 3], 8)], attrs: { deviation: true } },
  ],
  standardizeSamplesReference,
)

testGradient(
  standardizeSamples,
  [true, false].map((deviation) => ({ name: deviation ? 'scaled' : 'centred', inputs: [values([2, 3, 5], 5)], attrs: { deviation } })),
  standardizeSamplesReference,
)

test('refuses samples without values, and gradients of another shape', () => {
  expect(() => standardizeSamples.shape([[3]], { deviation: true })).toThrow(
    '[standardizeSamples] x must have samples of at least one value, got x [3]',
  )
  const shapes = [
    [2, 3],
    [2, 4],
  ]
  expect(() => standardizeSamples.shape(shapes, { deviation: true })).toThrow('[standardizeSamples] x and dy must have one shape, ')
})
