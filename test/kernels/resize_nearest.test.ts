import { expect, test } from 'vitest'
import { resizeNearest } from '../../src/kernels/resize_nearest.ts'
import { resizeNearestReference } from '../reference/shaping.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const sizes = [
  [10, 21],
  [13, 4],
  [2, 3],
  [1, 1],
  [5, 7],
] as const
testOp(
  resizeNearest,
  [1, 3, 5, 64].flatMap((C) =>
    sizes.map(([height, width]) => ({
      name: `${C} channels, 5x7 to ${height}x${width}`,
      inputs: [spiked([2, 5, 7, C], C)],
      attrs: { height, width },
    })),
  ),
  resizeNearestReference,
)

testGradient(
  resizeNearest,
  sizes.map(([height, width]) => ({ name: `to ${height}x${width}`, inputs: [values([1, 5, 7, 2], 3)], attrs: { height, width } })),
  resizeNearestReference,
)

test('refuses sizes', () => {
  const shape = (height: number, width: number) => () => resizeNearest.shape([[1, 5, 7, 3]], { height, width })
  expect(shape(0, 3)).toThrow('[resizeNearest] height and width must be positive whole numbers, got 0 and 3')
  const most = Math.floor(2 ** 29 / 7)
  expect(shape(1, most)()).toEqual([1, 1, most, 3])
  expect(shape(1, most + 1)).toThrow('[resizeNearest] input times output size of an axis must be 2^29 at most, got x [1,5,7,3] and [1,')
})
