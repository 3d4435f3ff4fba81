/** How a camera was held: the orientation in a picture's EXIF block, and turning pixels accordingly. */
import type { Pixels } from './resize.ts'

/**
 * 1: as stored; 2: mirrored; 3: turned by 180 degrees; 4: mirrored top to bottom; 5: mirrored along the main diagonal;
 * 6: turned clockwise by 90 degrees; 7: mirrored along the other diagonal; 8: turned counter-clockwise by 90 degrees.
 * EXIF 2.32, tag 274.
 */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

const TAG = 274
/** Bytes of an entry: tag, type, count, value. */
const ENTRY = 12
const SHORT = 3
const LONG = 4

/**
 * The orientation in a TIFF block, as EXIF has it (what follows `Exif\0\0` in a JPEG, an eXIf chunk's content in a PNG).
 * Never throws: a block that makes no sense says 1, as if there were none.
 */
export function exifOrientation(tiff: Uint8Array | undefined): Orientation {
  if (!tiff || tiff.length < 8) return 1
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  const mark = view.getUint16(0)
  const little = mark === 0x4949
  if ((!little && mark !== 0x4d4d) || view.getUint16(2, little) !== 42) return 1
  const first = view.getUint32(4, little)
  if (first + 2 > tiff.length) return 1
  const count = view.getUint16(first, little)
  for (let i = 0, at = first + 2; i < count && at + ENTRY <= tiff.length; i++, at += ENTRY) {
    if (view.getUint16(at, little) !== TAG) continue
    const type = view.getUint16(at + 2, little)
    const value = type === SHORT ? view.getUint16(at + 8, little) : type === LONG ? view.getUint32(at + 8, little) : 1
    return value >= 1 && value <= 8 ? (value as Orientation) : 1
  }
  return 1
}

/** The picture as it was seen: sides change places for orientations 5 to 8. Orientation 1 gives the pixels themselves. */
export function orientPixels(pixels: Pixels, orientation: Orientation): Pixels {
  if (orientation === 1) return pixels
  const { width, height, data } = pixels
  const swap = orientation >= 5
  const [outWidth, outHeight] = swap ? [height, width] : [width, height]
  // Backwards along the source's columns and rows.
  const flipX = [2, 3, 7, 8].includes(orientation)
  const flipY = [3, 4, 6, 7].includes(orientation)
  const alongX = (flipX ? -1 : 1) * 3
  const alongY = (flipY ? -1 : 1) * width * 3
  const start = ((flipY ? height - 1 : 0) * width + (flipX ? width - 1 : 0)) * 3
  const [pixel, line] = swap ? [alongY, alongX] : [alongX, alongY]
  const out = new Uint8Array(data.length)
  let to = 0
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      const from = start + y * line + x * pixel
      out[to++] = data[from]!
      out[to++] = data[from + 1]!
      out[to++] = data[from + 2]!
    }
  }
  return { width: outWidth, height: outHeight, data: out }
}
