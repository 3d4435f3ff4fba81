/** JPEG in Node: coefficients and samples by the package jpeg-js; chroma and colours as libjpeg, and so Pillow, makes them. */
import { FileError } from '../errors.ts'
import type { JpegInfo } from '../loaders/images/jpeg.ts'
import type { Pixels } from '../loaders/images/resize.ts'

/** Bytes that jpeg-js counts for a pixel: three components of 4-byte coefficients and of samples, and the result, which it has twice. */
const BYTES_PER_PIXEL = 3 * 4 + 3 + 2 * 3
/** MiB for tables, and for narrow pictures, which are rounded up to many times their size. */
const MARGIN = 64

/** Samples at full size, [height,width,3]: chroma repeated, colours as stored. One component comes three times. */
async function samples(bytes: Uint8Array, { width, height, adobeAt }: JpegInfo, where: string): Promise<Uint8Array<ArrayBuffer>> {
  const { decode } = await import('jpeg-js').then(
    (jpeg) => jpeg.default,
    (cause: unknown) => {
      throw new FileError('unsupported', `[${where}] a JPEG needs the package jpeg-js, got none installed`, {}, { cause })
    },
  )
  // An Adobe segment would overrule colorTransform, so its name is spoiled.
  let file = bytes
  if (adobeAt !== undefined) {
    file = bytes.slice()
    file[adobeAt] = 0
  }
  try {
    const { data } = decode(file, {
      useTArray: true,
      formatAsRGBA: false,
      colorTransform: false,
      tolerantDecoding: false,
      // The size was checked against maxPixels.
      maxResolutionInMP: Infinity,
      // Twice what the size takes, because components are rounded up to whole groups of blocks.
      maxMemoryUsageInMB: MARGIN + (2 * width * height * BYTES_PER_PIXEL) / 2 ** 20,
    })
    return data as Uint8Array<ArrayBuffer>
  } catch (cause) {
    throw new FileError('corrupt', `[${where}] a JPEG must be decodable, got ${String(cause)}`, {}, { cause })
  }
}

/**
 * Makes one component of half the columns, rows, or both smooth: a sample counts three quarters on each side of its middle, its
 * neighbour a quarter. Rounding alternates. libjpeg-turbo, jdsample.c, *_fancy_upsample.
 * @param data [height,width,3] with every sample repeated; component `c` is overwritten
 */
function blend(data: Uint8Array, width: number, height: number, c: number, halfWidth: boolean, halfHeight: boolean): void {
  const [stepX, stepY] = [halfWidth ? 2 : 1, halfHeight ? 2 : 1]
  const columns = Math.ceil(width / stepX)
  const rows = Math.ceil(height / stepY)
  if (halfWidth && columns <= 2) return // libjpeg repeats so few
  const plane = new Uint8Array(rows * columns)
  for (let y = 0, to = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) plane[to++] = data[(y * stepY * width + x * stepX) * 3 + c]!
  }
  const sums = new Int32Array(columns)
  for (let y = 0; y < height; y++) {
    const lower = y % 2 === 1
    const near = Math.floor(y / stepY)
    const far = Math.min(rows - 1, Math.max(0, near + (lower ? 1 : -1)))
    for (let x = 0; x < columns; x++) {
      const sample = plane[near * columns + x]!
      sums[x] = halfHeight ? 3 * sample + plane[far * columns + x]! : sample
    }
    let at = y * width * 3 + c
    if (!halfWidth) for (let x = 0; x < width; x++, at += 3) data[at] = (sums[x]! + (lower ? 2 : 1)) >> 2
    else {
      const [shift, even, odd] = halfHeight ? [4, 8, 7] : [2, 1, 2]
      for (let x = 0; x < width; x++, at += 3) {
        const sum = sums[x >> 1]!
        data[at] = x % 2 ? (3 * sum + (sums[(x >> 1) + 1] ?? sum) + odd) >> shift : (3 * sum + (sums[(x >> 1) - 1] ?? sum) + even) >> shift
      }
    }
  }
}

/** 16 bits of fraction, as libjpeg has them (jdcolor.c). */
const fixed = (v: number) => Math.floor(v * 65536 + 0.5)
const [CR_R, CB_B, CB_G, CR_G] = [fixed(1.402), fixed(1.772), -fixed(0.34414), -fixed(0.71414)]
const HALF = 32768
const clamp = (v: number) => (v < 0 ? 0 : v > 255 ? 255 : v)

/** Luma and chroma to red, green and blue, in place. */
function toRgb(data: Uint8Array): void {
  for (let i = 0; i < data.length; i += 3) {
    const y = data[i]!
    const cb = data[i + 1]! - 128
    const cr = data[i + 2]! - 128
    data[i] = clamp(y + ((CR_R * cr + HALF) >> 16))
    data[i + 1] = clamp(y + ((CB_G * cb + CR_G * cr + HALF) >> 16))
    data[i + 2] = clamp(y + ((CB_B * cb + HALF) >> 16))
  }
}

/**
 * The pixels of a JPEG. They differ from those of libjpeg by the rounding of the inverse cosine transform only.
 * @throws FileError `corrupt`; `unsupported` where jpeg-js is not installed
 */
export async function jpegPixels(bytes: Uint8Array, info: JpegInfo, where: string): Promise<Pixels> {
  const { width, height, rgb, sampling } = info
  const data = await samples(bytes, info, where)
  if (sampling.length === 3) {
    const [maxH, maxV] = [0, 1].map((axis) => Math.max(...sampling.map((s) => s[axis]!))) as [number, number]
    sampling.forEach(([h, v], c) => {
      const [halfWidth, halfHeight] = [h * 2 === maxH, v * 2 === maxV]
      const known = (halfWidth || h === maxH) && (halfHeight || v === maxV)
      if (known && (halfWidth || halfHeight)) blend(data, width, height, c, halfWidth, halfHeight)
    })
    if (!rgb) toRgb(data)
  }
  return { width, height, data }
}
