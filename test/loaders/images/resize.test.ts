/** Resizing against Pillow, through Keras's load_img, bit for bit. */
import { describe, expect, test } from 'vitest'
import { ArgumentError } from '../../../src/errors.ts'
import type { Interpolation } from '../../../src/about.ts'
import { resizePixels } from '../../../src/loaders/images/resize.ts'
import golden from '../../golden/images/resize.json' with { type: 'json' }
import { fnv, noisePicture } from '../../support/pictures.ts'

const cases = golden.map((c) => ({ ...c, name: `${c.interpolation} ${c.size.join('x')} to ${c.target.join('x')}` }))

test.each(cases)('$name', ({ size, target, interpolation, first, fnv: hash }) => {
  const from = noisePicture(size[0]!, size[1]!)
  const { width, height, data } = resizePixels(from, target as [number, number], interpolation as Interpolation)
  expect([height, width]).toEqual(target)
  expect([...data.subarray(0, 12)]).toEqual(first)
  expect([data.length, fnv(data)]).toEqual([height * width * 3, hash])
})

test('nearest is the default, and a picture of the right size is given back', () => {
  const picture = noisePicture(5, 4)
  expect(resizePixels(picture, [5, 4])).toBe(picture)
  expect(resizePixels(picture, [3, 9])).toEqual(resizePixels(picture, [3, 9], 'nearest'))
})

test('one colour stays that colour', () => {
  for (const value of [0, 1, 254, 255]) {
    const flat = { width: 13, height: 7, data: new Uint8Array(13 * 7 * 3).fill(value) }
    for (const size of [
      [3, 5],
      [40, 41],
      [1, 1],
    ] as const) {
      expect(new Set(resizePixels(flat, size, 'bilinear').data)).toEqual(new Set([value]))
    }
  }
})

describe('refuses a target that is none', () => {
  test.each([[[0, 5]], [[5, -1]], [[2.5, 3]], [[5]], [[5, 5, 3]], [[NaN, 3]], [[1e6, 3]], ['224'], [null]])('%j', (size) => {
    const job = () => resizePixels(noisePicture(2, 2), size as unknown as [number, number])
    expect(job).toThrow(ArgumentError)
    expect(job).toThrow(`[image] targetSize must be [height, width], whole numbers from 1 to 16384, got ${JSON.stringify(size)}`)
  })
})
