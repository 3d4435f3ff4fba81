import { expect, test } from 'vitest'
import type { BilinearAttrs } from '../../src/kernels/resize.ts'
import { resizeBilinear } from '../../src/kernels/resize_bilinear.ts'
import { resizeBilinearReference } from '../reference/shaping.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const sizes = [
  [10, 14],
  [13, 4],
  [2, 3],
  [1, 1],
  [5, 7],
] as const
const cases: OpCase<BilinearAttrs>[] = (['halfPixel', 'legacy', 'corners'] as const).flatMap((mode) =>
  [1, 3, 5, 64].flatMap((C) =>
    sizes.map(([height, width]) => ({
      name: `${mode}, ${C} channels, 5x7 to ${height}x${width}`,
      inputs: [spiked([2, 5, 7, C], C)],
      attrs: { height, width, mode },
    })),
  ),
)
testOp(
  resizeBilinear,
  [
    ...cases,
    { name: 'CIFAR to InceptionV3', inputs: [values([1, 32, 32, 3], 1, 0, 255)], attrs: { height: 139, width: 139, mode: 'halfPixel' } },
    { name: 'one pixel', inputs: [spiked([1, 1, 1, 3], 2)], attrs: { height: 3, width: 4, mode: 'halfPixel' } },
  ],
  resizeBilinearReference,
)

testGradient(
  resizeBilinear,
  (['halfPixel', 'legacy', 'corners'] as const).flatMap((mode) =>
    sizes.map(([height, width]) => ({
      name: `${mode} to ${height}x${width}`,
      inputs: [values([1, 5, 7, 2], 3)],
      attrs: { height, width, mode },
    })),
  ),
  resizeBilinearReference,
)

test('the oracle of the legacy mode: corners at the top left, the last pixel repeated; of corners: the first and the last where they were', () => {
  const x = { shape: [1, 1, 2, 1], data: [10, 20] }
  const attrs = { height: 1, width: 4 }
  expect([...resizeBilinearReference([x], { ...attrs, mode: 'legacy' }).y]).toEqual([10, 15, 20, 20])
  expect([...resizeBilinearReference([x], { ...attrs, mode: 'halfPixel' }).y]).toEqual([10, 12.5, 17.5, 20])
  expect([...resizeBilinearReference([x], { height: 1, width: 5, mode: 'corners' }).y]).toEqual([10, 12.5, 15, 17.5, 20])
})

test('refuses sizes and modes', () => {
  const shape = (attrs: object) => () => resizeBilinear.shape([[1, 5, 7, 3]], { height: 3, width: 3, mode: 'halfPixel', ...attrs })
  expect(shape({ height: 0 })).toThrow('[resizeBilinear] height and width must be positive whole numbers, got 0 and 3')
  expect(shape({ mode: 'cubic' })).toThrow('[resizeBilinear] mode must be one of halfPixel, legacy, corners, got cubic')
  expect(shape({ width: 2 ** 28 })).toThrow(
    '[resizeBilinear] input times output size of an axis must be 2^29 at most, got x [1,5,7,3] and [3,268435456]',
  )
})
