/** One channel of three: Pillow's convert('L'), to the bit (libImaging/Convert.c, L24). */
import type { Pixels } from './resize.ts'

/** The same picture in grey, as red, green and blue of one value each. ITU-R 601-2 luma in 16 bits of fraction; grey stays as it is. */
export function greyPixels({ width, height, data }: Pixels): Pixels {
  const out = new Uint8Array(data.length)
  for (let i = 0; i < data.length; i += 3) {
    out.fill((19595 * data[i]! + 38470 * data[i + 1]! + 7471 * data[i + 2]! + 0x8000) >> 16, i, i + 3)
  }
  return { width, height, data: out }
}
