import { expect, test } from 'vitest'
import { standardizeSamplesGrad } from '../../src/kernels/standardize_samples_grad.ts'
import { standardizeSamplesGradReference } from '../reference/augmentation.ts'
import { testOp } from '../support/op-cases.ts'
import { values } from '../support/values.ts'

testOp(
  standardizeSamplesGrad,
  [
    { name: 'centred', inputs: [values([3, 3, 5, 3], 1), values([3, 3, 5, 3], 2)], attrs: { deviation: false } },
    {
      name: 'scaled, in parts of a dispatch',
      inputs: [values([5, 9, 7, 3], 3), values([5, 9, 7, 3], 4)],
      attrs: { deviation: true },
      options: { groupsPerPart: 2 },
    },
  ],
  standardizeSamplesGradReference,
)

test('refuses gradients of another shape', () => {
  expect(() =>
    standardizeSamplesGrad.shape(
      [
        [2, 3],
        [2, 4],
      ],
      { deviation: true },
    ),
  ).toThrow('[standardizeSamplesGrad] x and dy must have one shape, ')
})
