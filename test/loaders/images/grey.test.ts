/** One channel, and resizing it, against Keras's load_img with color_mode grayscale, bit for bit. */
import { expect, test } from 'vitest'
import { toTensor } from '../../../src/loaders/images/image.ts'
import type { Interpolation } from '../../../src/about.ts'
import golden from '../../golden/images/resize_grey.json' with { type: 'json' }
import { fnv, noisePicture } from '../../support/pictures.ts'

test.each(golden)('$interpolation $size to $target', ({ size, target, interpolation, first, fnv: hash }) => {
  const [height, width] = target as [number, number]
  const options = { targetSize: [height, width], colorMode: 'grayscale', interpolation: interpolation as Interpolation } as const
  const { shape, data } = toTensor(noisePicture(size[0]!, size[1]!), options)
  expect(shape).toEqual([1, height, width, 1])
  expect([...data.subarray(0, 12)]).toEqual(first)
  expect([data.length, fnv(data)]).toEqual([height * width, hash])
})
