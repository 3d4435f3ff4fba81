/** Pictures in Node: files, URLs and bytes to tensors; PNG and JPEG exactly as Pillow; files that are none. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { ArgumentError, FileError } from '../../src/errors.ts'
import type { LoadImageOptions } from '../../src/loaders/images/image.ts'
import { resizePixels } from '../../src/loaders/images/resize.ts'
import { decodePredictions } from '../../src/loaders/images/class_names.ts'
import { loadClassIndex } from '../../src/node/class_names.ts'
import { loadImage } from '../../src/node/image.ts'
import type { FileInput } from '../../src/node/input.ts'
import exifGolden from '../golden/images/exif.json' with { type: 'json' }
import greyGolden from '../golden/images/grey.json' with { type: 'json' }
import jpegGolden from '../golden/images/jpeg.json' with { type: 'json' }
import pngGolden from '../golden/images/png.json' with { type: 'json' }
import { crc32, farthest, fromBase64 } from '../support/pictures.ts'

const folder = mkdtempSync(join(tmpdir(), 'thaw-image-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const named = <T extends { name: string }>(cases: T[], name: string) => cases.find((c) => c.name === name)!
const png = named(pngGolden, 'RGBA, 8 bits')
const jpeg = named(jpegGolden, '4:4:4')
const pngBytes = fromBase64(png.file)
const jpegBytes = fromBase64(jpeg.file)

async function refusal(input: FileInput, options?: LoadImageOptions): Promise<FileError> {
  const error: unknown = await loadImage(input, options).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(FileError)
  return error as FileError
}

describe('where a picture comes from', () => {
  test('a path, a URL, a Blob, bytes: the same pixels, whatever the name says', async () => {
    const path = join(folder, 'really-a-png.jpg')
    writeFileSync(path, pngBytes)
    const server = createServer((_request, response) => response.end(pngBytes))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const web = `http://127.0.0.1:${(server.address() as AddressInfo).port}/picture`
    const inputs = [path, pathToFileURL(path), web, new URL(web), `data:image/png;base64,${png.file}`, new Blob([pngBytes]), pngBytes]
    const view = Uint8Array.from([1, 2, 3, ...pngBytes]).subarray(3)
    const within = Buffer.from([1, 2, 3, ...pngBytes]).subarray(3) // a Buffer's slice is a view too
    try {
      for (const input of [...inputs, pathToFileURL(path).href, pngBytes.buffer, Buffer.from(pngBytes), within, view]) {
        const { shape, data } = await loadImage(input)
        expect(shape).toEqual([1, ...png.size, 3])
        expect(data).toEqual(fromBase64(png.rgb))
      }
    } finally {
      server.close()
    }
  })

  test('one that is not there, or is a folder, is named', async () => {
    const error = await refusal(join(folder, 'none.png'))
    expect(error).toMatchObject({ code: 'not-found', path: join(folder, 'none.png') })
    expect(error.message).toContain('[none.png] the path must be a readable file')
    expect((await refusal(folder)).code).toBe('not-found')
    await expect(loadImage(7 as unknown as string)).rejects.toThrow(ArgumentError)
  })

  test.each(['file://elsewhere/a.png', 'file:///a%2Fb.png', 'FILE://elsewhere/a.png'])('%s is no file of this machine', async (url) => {
    await expect(loadImage(url)).rejects.toThrow(ArgumentError)
    await expect(loadImage(url)).rejects.toThrow(`[image] a file URL must name a file of this machine, got ${url}: `)
  })

  test('a URL that is none, or whose scheme is in capitals, is not taken for a path', async () => {
    expect((await refusal('http://')).code).toBe('http')
    expect((await refusal('HTTP://127.0.0.1:9/')).code).toBe('http')
    const long = await refusal(`data:no comma${'x'.repeat(10_000)}`)
    expect(long.code).toBe('http')
    expect(long.message.length).toBeLessThan(300)
  })

  test('a Blob that cannot be read any more', async () => {
    const blob = new Blob([pngBytes])
    blob.arrayBuffer = () => Promise.reject(new DOMException('gone', 'NotReadableError'))
    expect(await refusal(blob)).toMatchObject({ code: 'integrity' })
    await expect(loadClassIndex(blob)).rejects.toMatchObject({ code: 'integrity' })
  })

  test('an abort ends it with its reason', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    for (const input of [pngBytes, join(folder, 'x'), 'http://127.0.0.1:9/'])
      await expect(loadImage(input, { signal })).rejects.toThrow('enough')
  })
})

/**
 * Where chroma has half the height and the whole width (4:4:0, a 4:2:2 that was turned), MozJPEG rounds the other way between two rows: a step of chroma,
 * which weighs 1.772 in blue.
 */
const TURNED = 2

describe('JPEG', () => {
  test.each(jpegGolden.filter((c) => c.name !== 'CMYK'))('$name', async ({ name, file, size, rgb }) => {
    const wanted = fromBase64(rgb)
    const { shape, data } = await loadImage(fromBase64(file))
    expect(shape).toEqual([1, ...size, 3])
    expect(farthest(data, wanted)).toBeLessThanOrEqual(name === '4:4:0' ? TURNED : 0)
  })

  test.each(greyGolden.filter((c) => c.format === 'JPEG'))('in grey: $name', async ({ name, grey }) => {
    const { file, size } = named(jpegGolden, name)
    const { shape, data } = await loadImage(fromBase64(file), { colorMode: 'grayscale' })
    expect(shape).toEqual([1, ...size, 1])
    expect(data).toEqual(fromBase64(grey!))
  })

  test('CMYK is refused', async () => {
    const error = await refusal(fromBase64(named(jpegGolden, 'CMYK').file))
    expect(error).toMatchObject({ code: 'unsupported' })
    expect(error.message).toContain('got 4 components (CMYK)')
  })

  test('cut short anywhere, it is refused', async () => {
    for (let length = 3; length < jpegBytes.length; length++) {
      expect(await refusal(jpegBytes.slice(0, length))).toMatchObject({ code: 'truncated' })
    }
    // Data that ends before its mark does is filled up, as Pillow does it: those before and behind it are not touched by that.
    const ended = Uint8Array.from([...jpegBytes.slice(0, -20), 0xff, 0xd9])
    await loadImage(ended).catch((e: unknown) => expect(e).toBeInstanceOf(FileError))
    const trailing = Uint8Array.from([...jpegBytes, 1, 2, 3])
    expect((await loadImage(trailing)).data).toEqual((await loadImage(jpegBytes)).data)
  })

  test('changed anywhere, it is a picture or a FileError', async () => {
    for (let i = 2; i < jpegBytes.length; i++) {
      const changed = jpegBytes.slice()
      changed[i]! ^= 0xff
      const result = await loadImage(changed).catch((e: unknown) => e)
      if (result instanceof Error) expect(result).toBeInstanceOf(FileError)
      else expect(result).toHaveProperty('data')
    }
  })
})

test('a PNG changed anywhere is a picture or a FileError', async () => {
  for (let i = 8; i < pngBytes.length; i++) {
    const changed = pngBytes.slice()
    changed[i]! ^= 0xff
    const result = await loadImage(changed).catch((e: unknown) => e)
    if (result instanceof Error) expect(result).toBeInstanceOf(FileError)
    else expect(result).toHaveProperty('data')
  }
})

describe('how the camera was held', () => {
  test.each(exifGolden)('$name', async ({ file, stored, size, rgb }) => {
    const { shape, data } = await loadImage(fromBase64(file))
    expect(shape).toEqual([1, ...size, 3])
    expect(data).toEqual(fromBase64(rgb))
    const keras = await loadImage(fromBase64(file), { orient: false })
    expect(keras.shape).toEqual([1, 6, 10, 3])
    expect(keras.data).toEqual(fromBase64(stored))
  })

  test('EXIF that makes no sense is no EXIF', async () => {
    const bytes = fromBase64(named(exifGolden, 'JPEG 6').file)
    const tiff = Buffer.from(bytes).indexOf('Exif\0\0') + 6
    const plain = (await loadImage(bytes, { orient: false })).data
    for (let i = 0; i < 8; i++) {
      const changed = bytes.slice()
      changed[tiff + i]! ^= 0xff
      expect((await loadImage(changed)).data).toEqual(plain)
    }
  })
})

describe('to the size of a network', () => {
  test('turned first, then resized to [height, width]', async () => {
    const { file, size, rgb } = named(exifGolden, 'PNG 6')
    const seen = { height: size[0]!, width: size[1]!, data: fromBase64(rgb) }
    for (const interpolation of ['nearest', 'bilinear'] as const) {
      const { shape, data } = await loadImage(fromBase64(file), { targetSize: [7, 5], interpolation })
      expect(shape).toEqual([1, 7, 5, 3])
      expect(data).toEqual(resizePixels(seen, [7, 5], interpolation).data)
    }
    const { data } = await loadImage(fromBase64(file), { targetSize: [7, 5] })
    expect(data).toEqual(resizePixels(seen, [7, 5], 'nearest').data)
  })

  test('options that cannot be honoured are refused before anything is read', async () => {
    const bad = [
      { targetSize: [0, 5] },
      { targetSize: 224 },
      { colorMode: 'rgba' },
      { interpolation: 'bicubic' },
      { maxPixels: 0 },
      { maxPixels: NaN },
    ]
    for (const options of bad) {
      await expect(loadImage(join(folder, 'none'), options as unknown as LoadImageOptions)).rejects.toThrow(ArgumentError)
    }
    const bicubic = { interpolation: 'bicubic' } as unknown as LoadImageOptions
    await expect(loadImage(pngBytes, bicubic)).rejects.toThrow('[image] interpolation must be nearest or bilinear, got bicubic')
  })
})

describe('what is no picture', () => {
  const latin = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0))
  test.each([
    ['a picture (GIF)', latin('GIF89a\x01\0\x01\0')],
    ['a picture (WebP)', latin('RIFF\x24\0\0\0WEBPVP8 ')],
    ['a picture (BMP)', latin('BM\x36\0\0\0\0\0\0\0')],
    ['a picture (TIFF)', latin('II*\0\x08\0\0\0')],
    ['a picture (HEIC)', latin('\0\0\0\x18ftypheic')],
    ['a picture (SVG)', latin('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['a web page or XML', latin('\n  <!doctype html><title>404</title>')],
    ['an HDF5 file', latin('\x89HDF\r\n\x1a\n')],
    ['a zip archive (a .keras file, perhaps)', latin('PK\x03\x04')],
    ['an empty file', latin('')],
    ['a text', latin('foo')],
    ['bytes 66 6f 00', latin('fo\0')],
  ])('%s is called so', async (kind, bytes) => {
    const error = await refusal(bytes)
    expect(error).toMatchObject({ code: 'unsupported' })
    expect(error.message).toBe(`[image] the file must be a PNG or JPEG picture, got ${kind} (${bytes.length} bytes)`)
  })

  test('a server that answers with a page, with an error, or not at all', async () => {
    const page = () => Promise.resolve(new Response('<html>'))
    expect((await refusal('https://example.org/cat.jpg', { fetch: page })).message).toContain(
      '[https://example.org/cat.jpg] the file must be',
    )
    const missing = () => Promise.resolve(new Response('', { status: 404 }))
    expect(await refusal('https://example.org/cat.jpg', { fetch: missing })).toMatchObject({ code: 'http' })
    expect(await refusal('http://127.0.0.1:9/')).toMatchObject({ code: 'http' })
  })
})

describe('a file that promises too much', () => {
  /** A PNG whose header says so; its checksum is right. */
  const huge = (width: number, height: number) => {
    const view = new DataView(new ArrayBuffer(8 + 25 + 12 + 12))
    const bytes = new Uint8Array(view.buffer)
    bytes.set(pngBytes.subarray(0, 33))
    view.setUint32(16, width)
    view.setUint32(20, height)
    view.setUint32(29, crc32(bytes.subarray(12, 29)))
    bytes.set(Buffer.from('IDAT'), 37)
    bytes.set(Buffer.from('IEND'), 49)
    return bytes
  }
  const frame = Buffer.from(jpegBytes).indexOf(Buffer.from([0xff, 0xc0])) + 5

  test('is refused by its size', async () => {
    const error = await refusal(huge(2 ** 31 - 1, 2 ** 31 - 1))
    expect(error).toMatchObject({ code: 'unsupported' })
    expect(error.message).toContain('at most 100000000 pixels (maxPixels), got 2147483647x2147483647')
    expect((await refusal(pngBytes, { maxPixels: 44 })).message).toContain('at most 44 pixels (maxPixels), got 9x5')
    await expect(loadImage(pngBytes, { maxPixels: 45 })).resolves.toBeDefined()
    await expect(loadImage(jpegBytes, { maxPixels: 13 * 19 - 1 })).rejects.toThrow('got 19x13')
  })

  test('for which a decoder has no memory is not called corrupt', async () => {
    const bytes = new Uint8Array(33_000 ** 2 / 512 + jpegBytes.length)
    bytes.set(jpegBytes)
    new DataView(bytes.buffer).setUint32(frame, 33_000 * 0x10001) // height and width
    const error = await refusal(bytes, { maxPixels: 2e9 })
    expect(error).toMatchObject({ code: 'unsupported' })
    expect(error.message).toContain('room (2 GiB for all that it holds, and what the machine has free), got 33000x33000')
    await expect(loadImage(jpegBytes)).resolves.toBeDefined()
  })

  test('is refused by its bytes, before memory is taken', async () => {
    const before = process.memoryUsage().rss
    expect((await refusal(huge(9000, 9000))).code).toBe('corrupt')
    const bytes = jpegBytes.slice()
    bytes.set([0x20, 0, 0x20, 0], frame) // 8192x8192
    const error = await refusal(bytes)
    expect(error).toMatchObject({ code: 'corrupt' })
    expect(error.message).toContain('must have the bytes for its size, got 8192x8192')
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6) // either picture takes more than 200 MB
  })
})

test('class names come from a path, and from the web where none is given', async () => {
  const file = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [i, [`n${i}`, `label ${i}`]]))
  const path = join(folder, 'classes.json')
  writeFileSync(path, JSON.stringify(file))
  const classIndex = await loadClassIndex(path)
  expect(await loadClassIndex(pathToFileURL(path))).toEqual(classIndex)
  expect(await loadClassIndex(file)).toEqual(classIndex)
  const asked: string[] = []
  const fetch = ((url: string) => (asked.push(url), Promise.resolve(new Response(JSON.stringify(file))))) as typeof globalThis.fetch
  expect(await loadClassIndex(undefined, { fetch })).toEqual(classIndex)
  expect(asked).toEqual(['https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json'])
  await expect(loadClassIndex(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'not-found' })
  const scores = { shape: [1, 1000], data: Float32Array.from({ length: 1000 }, (_, i) => (i === 42 ? 1 : 0)) }
  expect(decodePredictions(scores, { top: 1, classIndex })).toEqual([[{ wnid: 'n42', label: 'label 42', score: 1, index: 42 }]])
})
