/** PNGs of every kind against Pillow's convert('RGB'), bit for bit; and broken ones. */
import { PNG } from 'pngjs'
import { describe, expect, test } from 'vitest'
import { FileError } from '../../../src/errors.ts'
import { decodePngPixels, parsePng } from '../../../src/loaders/images/png.ts'
import golden from '../../golden/images/png.json' with { type: 'json' }
import { crc32, fromBase64, noise } from '../../support/pictures.ts'

const decode = (bytes: Uint8Array<ArrayBuffer>) => decodePngPixels(parsePng(bytes, 'test'), 'test')
/** Where the bytes of a chunk's content begin. */
const chunkAt = (bytes: Uint8Array, name: string) => Buffer.from(bytes).indexOf(name, 0, 'latin1') + 4

test.each(golden)('$name', async ({ file, size, rgb }) => {
  const { width, height, data } = await decode(fromBase64(file))
  expect([height, width]).toEqual(size)
  expect(data).toEqual(fromBase64(rgb))
})

test('a picture of some size, with every filter, as pngjs decodes it', async () => {
  const png = new PNG({ width: 301, height: 203 })
  png.data.set(noise(301 * 203 * 4, 9))
  for (const filterType of [-1, 0, 1, 2, 3, 4]) {
    const { data } = await decode(new Uint8Array(PNG.sync.write(png, { filterType })))
    expect(
      Buffer.compare(
        data,
        png.data.filter((_, i) => i % 4 < 3),
      ),
    ).toBe(0)
  }
})

describe('broken files', () => {
  const whole = fromBase64(golden.find((c) => c.name === 'RGBA, 8 bits')!.file)
  const palette = fromBase64(golden.find((c) => c.name === 'palette, 4 bits')!.file)
  const refusal = (bytes: Uint8Array<ArrayBuffer>) => decode(bytes).catch((e: unknown) => e as FileError)

  async function expectRefusal(bytes: Uint8Array<ArrayBuffer>, code: string, text: string) {
    const error = await Promise.resolve(bytes).then(refusal)
    expect(error).toBeInstanceOf(FileError)
    expect(error).toMatchObject({ code })
    expect((error as FileError).message).toContain(text)
  }
  const changed = (bytes: Uint8Array<ArrayBuffer>, change: (copy: Uint8Array<ArrayBuffer>) => void) => {
    const copy = bytes.slice()
    change(copy)
    return copy
  }

  test('cut short, at every length', () => {
    for (let length = 8; length < whole.length - 8; length++) {
      expect(() => parsePng(whole.slice(0, length), 'test')).toThrow(expect.objectContaining({ code: 'truncated' }) as Error)
    }
  })
  test('a header or palette that was changed', async () => {
    const header = changed(whole, (b) => (b[chunkAt(b, 'IHDR') + 3]! ^= 1))
    expect(() => parsePng(header, 'test')).toThrow("a PNG's IHDR chunk must have its checksum")
    const colour = changed(palette, (b) => (b[chunkAt(b, 'PLTE') + 3]! ^= 1))
    expect(() => parsePng(colour, 'test')).toThrow("a PNG's PLTE chunk must have its checksum")
    const missing = changed(palette, (b) => b.set(Buffer.from('pLTE'), chunkAt(b, 'PLTE') - 4))
    expect(() => parsePng(missing, 'test')).toThrow('a palette where it says so')
    await expect(decode(palette)).resolves.toBeDefined()
  })
  test('pixels that were changed', async () => {
    await expectRefusal(
      changed(whole, (b) => (b[chunkAt(b, 'IDAT') + 9]! ^= 0x55)),
      'corrupt',
      'pixels of test',
    )
  })
  test('fewer or more pixels than the header says, or an unknown filter', async () => {
    const png = parsePng(whole, 'test')
    await expect(decodePngPixels({ ...png, height: 6 }, 'test')).rejects.toThrow('must have 222 bytes of pixels, got 185')
    await expect(decodePngPixels({ ...png, height: 4 }, 'test')).rejects.toThrow('must have at most 148 bytes, got more')
    // The same 50 bytes in two rows, the second of which begins with a pixel.
    const grey = parsePng(fromBase64(golden.find((c) => c.name === 'grey, 8 bits')!.file), 'test')
    await expect(decodePngPixels({ ...grey, width: 24, height: 2 }, 'test')).rejects.toThrow('filter from 0 to 4')
  })
  test.each([
    ['no pixels', 0, [0, 0, 0, 0], 'a picture must have pixels, got 0x5'],
    ['an unknown depth', 8, [3], 'got type 6 with 3 bits'],
    ['an unknown colour type', 9, [5], 'got type 5 with 8 bits'],
    ['an unknown method', 12, [2], 'interlace 2'],
  ])('a header with %s', (_name, at, values, text) => {
    const bytes = changed(whole, (b) => {
      b.set(values, chunkAt(b, 'IHDR') + at)
      new DataView(b.buffer).setUint32(chunkAt(b, 'IHDR') + 13, crc32(b.subarray(12, 29)))
    })
    expect(() => parsePng(bytes, 'test')).toThrow(text)
  })
})
