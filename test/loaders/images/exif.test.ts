/** Orientations that Pillow wrote, turned as Pillow turns them; and EXIF blocks that make no sense. */
import { describe, expect, test } from 'vitest'
import { exifOrientation, orientPixels, type Orientation } from '../../../src/loaders/images/exif.ts'
import { parseJpeg } from '../../../src/loaders/images/jpeg.ts'
import { parsePng } from '../../../src/loaders/images/png.ts'
import golden from '../../golden/images/exif.json' with { type: 'json' }
import { fromBase64, noise } from '../../support/pictures.ts'

describe.each(golden)('$name', ({ format, orientation, file, stored, size, rgb }) => {
  const bytes = fromBase64(file)
  const exif = (format === 'JPEG' ? parseJpeg(bytes, 'test') : parsePng(bytes, 'test')).exif

  test('is read', () => expect(exifOrientation(exif)).toBe(orientation))

  test('is applied as in Pillow', () => {
    const { width, height, data } = orientPixels({ width: 10, height: 6, data: fromBase64(stored) }, orientation as Orientation)
    expect([height, width]).toEqual(size)
    expect(data).toEqual(fromBase64(rgb))
  })

  test('cut or changed anywhere, it is some orientation and never an error', () => {
    for (let i = 0; i <= exif!.length; i++) {
      expect([1, orientation]).toContain(exifOrientation(exif!.slice(0, i)))
      for (const value of [0, 0x7f, 0xff]) {
        const changed = exif!.slice()
        changed[i] = value
        const found = exifOrientation(changed)
        expect(Number.isInteger(found) && found >= 1 && found <= 8).toBe(true)
      }
    }
  })
})

/** A TIFF block with one entry, Intel order. */
function block(tag: number, type: number, value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(26))
  view.setUint16(0, 0x4949)
  view.setUint16(2, 42, true)
  view.setUint32(4, 8, true)
  view.setUint16(8, 1, true)
  view.setUint16(10, tag, true)
  view.setUint16(12, type, true)
  view.setUint32(14, 1, true)
  view.setUint32(18, value, true)
  return new Uint8Array(view.buffer)
}

test('takes SHORT and LONG values from 1 to 8, and nothing else', () => {
  expect(exifOrientation(block(274, 3, 6))).toBe(6)
  expect(exifOrientation(block(274, 4, 8))).toBe(8)
  for (const bad of [block(274, 3, 0), block(274, 3, 9), block(274, 4, 65536 + 6), block(274, 2, 6), block(275, 3, 6)]) {
    expect(exifOrientation(bad)).toBe(1)
  }
})

test('noise has no orientation', () => {
  expect(exifOrientation(undefined)).toBe(1)
  for (let seed = 0; seed < 50; seed++) expect(exifOrientation(noise(seed * 3, seed))).toBe(1)
})

test('an IFD outside the block is none', () => {
  const away = block(274, 3, 6)
  away.set([0xff, 0xff, 0xff, 0xff], 4)
  expect(exifOrientation(away)).toBe(1)
})
