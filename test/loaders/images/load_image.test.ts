/** The browser's loadImage, in headless Chrome; in Node, which has no canvas, what needs none. Needs no GPU. */
import { describe, expect, test } from 'vitest'
import { ArgumentError, FileError } from '../../../src/errors.ts'
import { loadImage, type ImageInput } from '../../../src/loaders/images/load_image.ts'
import type { LoadImageOptions } from '../../../src/loaders/images/image.ts'
import { resizePixels } from '../../../src/loaders/images/resize.ts'
import exifGolden from '../../golden/images/exif.json' with { type: 'json' }
import greyGolden from '../../golden/images/grey.json' with { type: 'json' }
import jpegGolden from '../../golden/images/jpeg.json' with { type: 'json' }
import pngGolden from '../../golden/images/png.json' with { type: 'json' }
import { fromBase64 } from '../../support/pictures.ts'

const named = <T extends { name: string }>(cases: T[], name: string) => cases.find((c) => c.name === name)!

async function refusal(input: ImageInput, options?: LoadImageOptions): Promise<FileError> {
  const error: unknown = await loadImage(input, options).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(FileError)
  return error as FileError
}

test.each(pngGolden)('PNG as Pillow has it: $name', async ({ file, size, rgb }) => {
  const { shape, data } = await loadImage(fromBase64(file))
  expect(shape).toEqual([1, ...size, 3])
  expect(data).toEqual(fromBase64(rgb))
})

test('a Blob, a buffer, a data URL, and what fetch gives', async () => {
  const { file, rgb } = pngGolden[0]!
  const bytes = fromBase64(file)
  const fetch = () => Promise.resolve(new Response(bytes))
  for (const input of [new Blob([bytes]), new File([bytes], 'a.jpg'), bytes.buffer, `data:image/png;base64,${file}`]) {
    expect((await loadImage(input)).data).toEqual(fromBase64(rgb))
  }
  for (const url of ['picture.png', new URL('https://example.org/picture.png')]) {
    expect((await loadImage(url, { fetch })).data).toEqual(fromBase64(rgb))
  }
})

test.each(exifGolden.filter((c) => c.format === 'PNG'))('turned and resized: $name', async ({ file, size, rgb }) => {
  const seen = { height: size[0]!, width: size[1]!, data: fromBase64(rgb) }
  const { data } = await loadImage(fromBase64(file), { targetSize: [9, 4], interpolation: 'bilinear' })
  expect(data).toEqual(resizePixels(seen, [9, 4], 'bilinear').data)
})

describe('colorMode grayscale', () => {
  test.each(greyGolden.filter((c) => c.format === 'PNG'))('PNG as Keras has it: $name', async ({ name, grey }) => {
    const { file, size } = named(pngGolden, name)
    const loading = loadImage(fromBase64(file), { colorMode: 'grayscale' })
    if (grey === null) {
      const rule = 'a grey PNG must have at most 8 bits for colorMode grayscale, since Keras keeps more, got 16'
      await expect(loading).rejects.toThrow(new FileError('unsupported', `[image] ${rule}`))
      return
    }
    const { shape, data } = await loading
    expect(shape).toEqual([1, ...size, 1])
    expect(data).toEqual(fromBase64(grey))
  })

  test('is one of two modes', async () => {
    const { file, rgb } = named(pngGolden, 'RGB, 8 bits')
    expect((await loadImage(fromBase64(file), { colorMode: 'rgb' })).data).toEqual(fromBase64(rgb))
    const rgba = { colorMode: 'rgba' } as unknown as LoadImageOptions
    await expect(loadImage(fromBase64(file), rgba)).rejects.toThrow('[image] colorMode must be rgb or grayscale, got rgba')
  })
})

test('refuses options, CMYK, and files that are cut or too large', async () => {
  const { file } = pngGolden[0]!
  const bicubic = { interpolation: 'bicubic' } as unknown as LoadImageOptions
  await expect(loadImage(fromBase64(file), bicubic)).rejects.toThrow(ArgumentError)
  expect(await refusal(fromBase64(file), { maxPixels: 3 })).toMatchObject({ code: 'unsupported' })
  expect(await refusal(fromBase64(file).slice(0, 60))).toMatchObject({ code: 'truncated' })
  expect((await refusal(fromBase64(named(jpegGolden, 'CMYK').file))).message).toContain('CMYK')
  expect(await refusal('a.png', { fetch: () => Promise.resolve(new Response('', { status: 404 })) })).toMatchObject({ code: 'http' })
})

// Each environment has tests of its own. Chrome decodes JPEG with the library that Pillow has.
if (typeof OffscreenCanvas === 'undefined') describe('without a canvas', withoutCanvas)
else describe('with a canvas', withCanvas)

function withoutCanvas() {
  test('a JPEG names what it needs', async () => {
    const error = await refusal(fromBase64(jpegGolden[0]!.file))
    expect(error).toMatchObject({ code: 'unsupported' })
    expect(error.message).toContain('in Node, import thaw-webgpu/node')
  })
}

function withCanvas() {
  test.each(jpegGolden.filter((c) => c.name !== 'CMYK'))('JPEG as Pillow has it: $name', async ({ file, size, rgb }) => {
    const { shape, data } = await loadImage(new Blob([fromBase64(file)]))
    expect(shape).toEqual([1, ...size, 3])
    expect(data).toEqual(fromBase64(rgb))
  })

  test.each(exifGolden.filter((c) => c.format === 'JPEG'))('turned as Pillow turns it: $name', async ({ file, size, rgb, stored }) => {
    const { shape, data } = await loadImage(fromBase64(file))
    expect(shape).toEqual([1, ...size, 3])
    expect(data).toEqual(fromBase64(rgb))
    const keras = await loadImage(fromBase64(file), { orient: false })
    expect(keras.shape).toEqual([1, 6, 10, 3])
    expect(keras.data).toEqual(fromBase64(stored))
  })

  test.each(greyGolden.filter((c) => c.format === 'JPEG'))('a JPEG in grey as Keras has it: $name', async ({ name, grey }) => {
    const { file, size } = named(jpegGolden, name)
    const { shape, data } = await loadImage(fromBase64(file), { colorMode: 'grayscale' })
    expect(shape).toEqual([1, ...size, 1])
    expect(data).toEqual(fromBase64(grey!))
  })

  test('what a page has, in grey', async () => {
    const pixels = new ImageData(new Uint8ClampedArray([200, 100, 50, 255, 7, 7, 7, 255]), 2, 1)
    const y = Math.round(0.299 * 200 + 0.587 * 100 + 0.114 * 50)
    expect(await loadImage(pixels, { colorMode: 'grayscale' })).toEqual({ shape: [1, 1, 2, 1], data: new Uint8Array([y, 7]) })
  })

  test('what the browser decodes besides', async () => {
    const red = fromBase64('R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==')
    expect(await loadImage(red)).toEqual({ shape: [1, 1, 1, 3], data: new Uint8Array([255, 0, 0]) })
  })

  const { file, size, rgb } = named(pngGolden, 'RGB, 8 bits')
  const picture = async () => {
    const element = new Image()
    element.src = `data:image/png;base64,${file}`
    await element.decode()
    return element
  }

  test('what a page has: an element, a canvas, an ImageBitmap, ImageData', async () => {
    const element = await picture()
    const drawn = new OffscreenCanvas(element.width, element.height)
    const context = drawn.getContext('2d')!
    context.drawImage(element, 0, 0)
    const bitmap = await createImageBitmap(element)
    for (const input of [element, drawn, bitmap, context.getImageData(0, 0, element.width, element.height)]) {
      const { shape, data } = await loadImage(input)
      expect(shape).toEqual([1, ...size, 3])
      expect(data).toEqual(fromBase64(rgb))
      expect((await loadImage(input, { targetSize: [3, 4] })).shape).toEqual([1, 3, 4, 3])
      await expect(loadImage(input, { maxPixels: 44 })).rejects.toThrow('at most 44 pixels (maxPixels), got 9x5')
      await expect(loadImage(input, { orient: false })).rejects.toThrow(ArgumentError)
    }
    expect(bitmap.width).toBe(element.width) // still the caller's
  })

  test('refuses an element without a picture, a web page, and a JPEG without sense', async () => {
    expect((await refusal(new Image())).message).toContain('the picture must be loaded')
    const page = await refusal(new TextEncoder().encode('<html>'))
    expect(page).toMatchObject({ code: 'unsupported' })
    expect(page.message).toContain('a picture that the browser can show, got a web page or XML (6 bytes)')
    const jpeg = fromBase64(named(jpegGolden, '4:4:4').file)
    for (let at = 0; at + 1 < jpeg.length; at++) if (jpeg[at] === 0xff && jpeg[at + 1] === 0xdb) jpeg[at + 1] = 0xfe // no quantization tables
    expect(await refusal(jpeg)).toMatchObject({ code: 'corrupt' })
  })
}
