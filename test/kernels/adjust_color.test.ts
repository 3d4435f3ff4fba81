import { expect, test } from 'vitest'
import { adjustColor, type AdjustColorAttrs } from '../../src/kernels/adjust_color.ts'
import { adjustColorReference, channelMeans } from '../reference/adjust_color.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const BYTES = [0, 255] as const

const pictures = [1, 3, 6].map((C) => values([3, 5, 7, C], C, 0, 255))
const rgb = pictures[1]!
/** Every order of three channels, equal ones, grey and black. */
const corners = {
  shape: [1, 1, 12, 3],
  data: Float32Array.of(1, 2, 3, 1, 3, 2, 2, 1, 3, 2, 3, 1, 3, 1, 2, 3, 2, 1, 1, 1, 2, 2, 2, 1, 2, 1, 2, 1, 2, 1, 5, 5, 5, 0, 0, 0),
}

const channelwise = pictures.flatMap((x): OpCase<AdjustColorAttrs>[] => [
  { name: `brightness, ${x.shape[3]} channels`, inputs: [x, values([3, 1], 4), undefined], attrs: { kind: 'brightness', range: BYTES } },
  {
    name: `contrast, ${x.shape[3]} channels`,
    inputs: [x, values([3, 1], 5, 0, 2), channelMeans(x)],
    attrs: { kind: 'contrast', range: BYTES },
  },
])

testOp(
  adjustColor,
  [
    ...channelwise,
    {
      name: 'brightness from -1 to 1',
      inputs: [spiked([3, 3, 5, 2], 4), values([3, 1], 4), undefined],
      attrs: { kind: 'brightness', range: [-1, 1] },
    },
    { name: 'saturation', inputs: [rgb, values([3, 1], 6, 0, 0.9), undefined], attrs: { kind: 'saturation', range: BYTES } },
    { name: 'saturation below 0', inputs: [rgb, values([3, 1], 6, -1, 0), undefined], attrs: { kind: 'saturation', range: BYTES } },
    {
      name: 'saturation of every order',
      inputs: [corners, values([1, 1], 7, 0, 1), undefined],
      attrs: { kind: 'saturation', range: [0, 1] },
    },
    { name: 'hue', inputs: [rgb, values([3, 2], 8, 0, 1), undefined], attrs: { kind: 'hue', range: BYTES } },
    { name: 'hue of every order', inputs: [corners, values([1, 2], 9, 0, 1), undefined], attrs: { kind: 'hue', range: [0, 5] } },
    {
      name: 'hue from -1 to 1',
      inputs: [values([3, 5, 7, 3], 10), values([3, 2], 11, 0, 1), undefined],
      attrs: { kind: 'hue', range: [-1, 1] },
    },
    { name: 'grayscale of some', inputs: [rgb, values([3, 1], 12, 0, 1), undefined], attrs: { kind: 'grayscale', range: [0, 0.6] } },
  ],
  adjustColorReference,
)

const small = values([2, 2, 3, 3], 13, 0, 9)

testGradient(
  adjustColor,
  [
    { name: 'brightness', inputs: [small, values([2, 1], 14), undefined], attrs: { kind: 'brightness', range: [0, 9] } },
    { name: 'contrast', inputs: [small, values([2, 1], 15, 0, 2), channelMeans(small)], attrs: { kind: 'contrast', range: [0, 9] } },
    { name: 'saturation', inputs: [small, values([2, 1], 16, 0.2, 0.8), undefined], attrs: { kind: 'saturation', range: [0, 0.9] } },
    { name: 'hue', inputs: [small, values([2, 2], 17, 0, 1), undefined], attrs: { kind: 'hue', range: [-1, 10] } },
    { name: 'grayscale', inputs: [small, values([2, 1], 18, 0, 1), undefined], attrs: { kind: 'grayscale', range: [0, 0.6] } },
  ],
  adjustColorReference,
  { constant: ['factor'] },
)

test('refuses kinds, shapes and ranges', () => {
  const shape =
    (attrs: object, factor: readonly number[] = [2, 1], mean?: readonly number[], C = 3) =>
    () =>
      adjustColor.shape([[2, 5, 7, C], factor, mean], { kind: 'brightness', range: BYTES, ...attrs })
  expect(shape({ kind: 'gamma' })).toThrow('[adjustColor] kind must be one of brightness, contrast, saturation, hue, grayscale, got gamma')
  expect(shape({ kind: 'hue' })).toThrow('[adjustColor] factor must be [2,2] for hue, got [2,1]')
  expect(shape({ kind: 'contrast' })).toThrow('[adjustColor] mean must be [2,3] for contrast, else none, got none')
  expect(shape({}, [2, 1], [2, 3])).toThrow('[adjustColor] mean must be [2,3] for contrast, else none, got [2,3]')
  expect(shape({ kind: 'saturation' }, [2, 1], undefined, 4)).toThrow('[adjustColor] x must have 3 channels for saturation, got [2,5,7,4]')
  expect(shape({ range: [1, 1] })).toThrow('[adjustColor] range must be two finite numbers, the smaller first, got 1,1')
})
