/** Pictures of another shape at a model's size, resized as Pillow does it: cut first, or filled up, by their definitions. */
import { expect, test } from 'vitest'
import type { PictureSpec } from '../../../src/about.ts'
import { fitTensor } from '../../../src/loaders/images/fit_image.ts'
import { resizePixels } from '../../../src/loaders/images/resize.ts'
import { noise } from '../../support/pictures.ts'

const spec = (more: Partial<PictureSpec>): PictureSpec => ({
  size: [8, 8],
  colorMode: 'rgb',
  interpolation: 'bilinear',
  preprocess: 'none',
  ...more,
})

/** Red, green and blue of some columns of a picture of 6 rows and 12 columns, grey or not. */
function columns(data: Uint8Array, channels: number, first: number, width: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: 6 * width * 3 }, (_, i) => {
    const [at, c] = [Math.floor(i / 3), Math.min(i % 3, channels - 1)]
    return data[(Math.floor(at / width) * 12 + first + (at % width)) * channels + c]!
  })
}

const grey = (rgb: Uint8Array, channels: number) => [...rgb].filter((_, i) => channels === 3 || i % 3 === 0)

test.each([
  ['bilinear', 3],
  ['bilinear', 1],
  ['nearest', 3],
] as const)('cut around the middle, %s, %i channels', (interpolation, channels) => {
  const data = noise(6 * 12 * channels, 1)
  const fitted = fitTensor({ shape: [1, 6, 12, channels], data }, spec({ interpolation, aspectRatio: 'crop' }))
  const middle = resizePixels({ height: 6, width: 6, data: columns(data, channels, 3, 6) }, [8, 8], interpolation)
  expect(fitted).toEqual({ shape: [1, 8, 8, channels], data: Uint8Array.from(grey(middle.data, channels)) })
})

test.each([3, 1])('filled up with black around the middle, %i channels', (channels) => {
  const data = noise(6 * 12 * channels, 2)
  const fitted = fitTensor({ shape: [1, 6, 12, channels], data }, spec({ aspectRatio: 'pad' }))
  const small = resizePixels({ height: 6, width: 12, data: columns(data, channels, 0, 12) }, [4, 8], 'bilinear')
  const black = new Array<number>(2 * 8 * channels).fill(0)
  expect(fitted.shape).toEqual([1, 8, 8, channels])
  expect([...fitted.data]).toEqual([...black, ...grey(small.data, channels), ...black])
})
