import { expect, test } from 'vitest'
import { resizeNearest } from '../../src/kernels/resize_nearest.ts'
import { resizeNearestReference } from '../reference/shaping.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked } from '../support/values.ts'

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

test('refuses sizes', () => {
  const rule = '[resizeNearest] height and width must be positive whole numbers, and times those of the input 2^30 at most'
  expect(() => resizeNearest.shape([[1, 5, 7, 3]], { height: 0, width: 3 })).toThrow(`${rule}, got [0,3] and x [1,5,7,3]`)
  const most = Math.floor(2 ** 30 / 7)
  expect(resizeNearest.shape([[1, 5, 7, 3]], { height: 1, width: most })).toEqual([1, 1, most, 3])
  expect(() => resizeNearest.shape([[1, 5, 7, 3]], { height: 1, width: most + 1 })).toThrow(rule)
})
