import { PNG } from 'pngjs'
import { expect, test } from 'vitest'
import { DataError } from '../../src/errors.ts'
import { decodePng } from '../../src/node/png.ts'

/** A PNG of 3x2 pixels whose red, green and blue tell row, column and channel apart; half transparent. */
function picture(): { bytes: Buffer; rgb: number[] } {
  const png = new PNG({ width: 3, height: 2 })
  const rgb: number[] = []
  for (let i = 0; i < 6; i++) {
    const pixel = [10 * i, 10 * i + 1, 255 - i]
    png.data.set([...pixel, 128], 4 * i)
    rgb.push(...pixel)
  }
  return { bytes: PNG.sync.write(png), rgb }
}

test('decodes to [height,width,3] in row order, without the transparency', async () => {
  const { bytes, rgb } = picture()
  const { shape, data } = await decodePng(bytes)
  expect(shape).toEqual([2, 3, 3])
  expect(data).toBeInstanceOf(Uint8Array)
  expect([...data]).toEqual(rgb)
})

test('takes a view into a larger buffer', async () => {
  const { bytes, rgb } = picture()
  const larger = new Uint8Array(bytes.length + 20)
  larger.set(bytes, 7)
  expect([...(await decodePng(larger.subarray(7, 7 + bytes.length))).data]).toEqual(rgb)
})

test('grey pictures become RGB', async () => {
  const png = new PNG({ width: 1, height: 1 })
  png.data.set([77, 77, 77, 255])
  const grey = PNG.sync.write(png, { colorType: 0 })
  expect(await decodePng(grey)).toEqual({ shape: [1, 1, 3], data: new Uint8Array([77, 77, 77]) })
})

test('refuses bytes that are no PNG, and a PNG that is cut short', async () => {
  const { bytes } = picture()
  for (const bad of [new Uint8Array([0xff, 0xd8, 0xff, 0xe0]), bytes.subarray(0, 40), new Uint8Array(0)]) {
    const error: unknown = await decodePng(bad).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(DataError)
    expect((error as Error).message).toContain(`[png] bytes must be a PNG picture, got ${bad.length} bytes`)
  }
})
