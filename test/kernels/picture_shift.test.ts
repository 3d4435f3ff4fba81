import { expect, test } from 'vitest'
import { pictureShift, type PictureShiftAttrs } from '../../src/kernels/picture_shift.ts'
import { pictureShiftReference } from '../reference/adjust_color.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const pictures = [spiked([3, 1, 3, 1], 1), values([3, 3, 5, 3], 2, 0, 255), values([2, 5, 3, 4], 3, -20, 300)]

const cases = pictures.flatMap((x): OpCase<PictureShiftAttrs>[] => {
  const N = x.shape[0]!
  return [
    { name: `channels, ${x.shape[3]} of them`, inputs: [x, values([N, 1], 4, -50, 50)], attrs: { kind: 'channels' } },
    { name: `brightness, ${x.shape[3]} channels`, inputs: [x, values([N, 1], 5, 0.2, 1.8)], attrs: { kind: 'brightness' } },
  ]
})

testOp(
  pictureShift,
  [
    ...cases,
    {
      name: 'one brightness',
      inputs: [values([2, 3, 3, 3], 6, 7, 7), values([2, 1], 7)],
      attrs: { kind: 'brightness' },
    },
  ],
  pictureShiftReference,
)

test('refuses kinds and shapes', () => {
  const shape = (kind: string, by: number[]) => () => pictureShift.shape([[2, 3, 4, 3], by], { kind: kind as 'channels' })
  expect(shape('hue', [2, 1])).toThrow('[pictureShift] kind must be channels or brightness, got hue')
  expect(shape('channels', [2, 3])).toThrow('[pictureShift] by must be [2,1], got [2,3]')
})
