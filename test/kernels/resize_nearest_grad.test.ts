import { expect, test } from 'vitest'
import { resizeNearestGrad } from '../../src/kernels/resize_nearest_grad.ts'
import { resizeNearestGradReference } from '../reference/shaping.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked } from '../support/values.ts'

testOp(
  resizeNearestGrad,
  [1, 5, 64].flatMap((C) =>
    [
      [10, 21],
      [13, 4],
      [2, 3],
      [1, 1],
      [5, 7],
    ].map(([P, Q]) => ({
      name: `${C} channels, 5x7 from ${P}x${Q}`,
      inputs: [spiked([2, P!, Q!, C], C)],
      attrs: { height: 5, width: 7 },
    })),
  ),
  resizeNearestGradReference,
)

test('refuses sizes', () => {
  expect(() => resizeNearestGrad.shape([[1, 5, 7, 3]], { height: 5, width: 0 })).toThrow(
    '[resizeNearestGrad] height and width must be positive whole numbers, got 5 and 0',
  )
})
