import { expect, test } from 'vitest'
import { resizeBilinearGrad } from '../../src/kernels/resize_bilinear_grad.ts'
import { resizeBilinearGradReference } from '../reference/shaping.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

testOp(
  resizeBilinearGrad,
  [
    ...(['halfPixel', 'legacy', 'corners'] as const).flatMap((mode) =>
      [1, 5, 64].flatMap((C) =>
        [
          [10, 14],
          [13, 4],
          [2, 3],
          [1, 1],
          [5, 7],
        ].map(([P, Q]) => ({
          name: `${mode}, ${C} channels, 5x7 from ${P}x${Q}`,
          inputs: [spiked([2, P!, Q!, C], C)],
          attrs: { height: 5, width: 7, mode },
        })),
      ),
    ),
    { name: 'one pixel', inputs: [spiked([1, 3, 4, 3], 2)], attrs: { height: 1, width: 1, mode: 'halfPixel' as const } },
    {
      name: 'CIFAR to InceptionV3',
      inputs: [values([1, 139, 139, 3], 1)],
      attrs: { height: 32, width: 32, mode: 'halfPixel' as const },
    },
  ],
  resizeBilinearGradReference,
)

test('refuses modes', () => {
  expect(() => resizeBilinearGrad.shape([[1, 5, 7, 3]], { height: 3, width: 3, mode: 'cubic' as 'legacy' })).toThrow(
    '[resizeBilinearGrad] mode must be one of halfPixel, legacy, corners, got cubic',
  )
})
