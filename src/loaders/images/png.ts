/**
 * PNG to RGB, as Pillow's convert('RGB') makes it. A canvas cannot: it multiplies colours by their opacity and back, and rounds 16 bits
 * its own way. PNG specification, third edition.
 */
import { FileError } from '../../errors.ts'
import { crc32 } from '../bytes/crc32.ts'
import { inflate } from '../bytes/inflate.ts'
import type { Pixels } from './resize.ts'

export interface PngInfo {
  readonly width: number
  readonly height: number
  /** Bits a sample. */
  readonly depth: number
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha. */
  readonly colorType: number
  readonly interlaced: boolean
  /** Red, green and blue of every index; empty where there is no palette. */
  readonly palette: Uint8Array
  /** The content of an eXIf chunk, a TIFF structure. */
  readonly exif: Uint8Array | undefined
  /** Contents of the IDAT chunks. */
  readonly parts: readonly Uint8Array<ArrayBuffer>[]
}

const DEPTHS: Readonly<Record<number, readonly number[]>> = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] }
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }
const HEADER = 13

function header(bytes: Uint8Array, at: number, where: string): Pick<PngInfo, 'width' | 'height' | 'depth' | 'colorType' | 'interlaced'> {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER)
  const [width, height] = [view.getUint32(0), view.getUint32(4)]
  const [depth, colorType, compression, filter, interlace] = [8, 9, 10, 11, 12].map((i) => view.getUint8(i)) as [
    number,
    number,
    number,
    number,
    number,
  ]
  const refuse = (rule: string) => new FileError('corrupt', `[${where}] ${rule}`, { offset: at })
  if (!width || !height) throw refuse(`a picture must have pixels, got ${width}x${height}`)
  if (!DEPTHS[colorType]?.includes(depth)) throw refuse(`a PNG must have a known colour type, got type ${colorType} with ${depth} bits`)
  if (compression || filter || interlace > 1) {
    throw refuse(`a PNG must have known methods, got compression ${compression}, filter ${filter} and interlace ${interlace}`)
  }
  return { width, height, depth, colorType, interlaced: interlace === 1 }
}

/**
 * Reads the chunks of a PNG, to its end.
 * @throws FileError `truncated`, `corrupt`
 */
export function parsePng(bytes: Uint8Array<ArrayBuffer>, where: string): PngInfo {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const parts: Uint8Array<ArrayBuffer>[] = []
  let info: ReturnType<typeof header> | undefined
  let palette = new Uint8Array(0)
  let exif: Uint8Array | undefined
  for (let at = 8; ;) {
    const end = at + 12 <= bytes.length ? at + 12 + view.getUint32(at) : Infinity
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    if (name === 'IEND') break
    if (end > bytes.length) {
      const got = `the end of the file after ${bytes.length} bytes`
      throw new FileError('truncated', `[${where}] a PNG must end with its IEND chunk, got ${got}`, { offset: at })
    }
    const content = bytes.subarray(at + 8, end - 4)
    if ((name === 'IHDR' || name === 'PLTE') && crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw new FileError('corrupt', `[${where}] a PNG's ${name} chunk must have its checksum, got another`, { offset: at })
    }
    if (!info && (name !== 'IHDR' || content.length !== HEADER)) {
      throw new FileError('corrupt', `[${where}] a PNG must begin with its header, got a chunk ${JSON.stringify(name)}`, { offset: at })
    }
    info ??= header(bytes, at + 8, where)
    if (name === 'PLTE') palette = content.slice()
    else if (name === 'IDAT') parts.push(content)
    else if (name === 'eXIf') exif ??= content
    at = end
  }
  if (!info || !parts.length || (info.colorType === 3 && !palette.length)) {
    throw new FileError('corrupt', `[${where}] a PNG must have a header, pixels, and a palette where it says so, got a part missing`)
  }
  return { ...info, palette, exif, parts }
}

/** Pictures that a PNG is made of, each every dx-th column from x and every dy-th row from y. */
const WHOLE = [[0, 0, 1, 1]] as const
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/** Undoes the row filters in place. Each row has a byte for its filter first; `bpp` is the distance to the pixel on the left. */
function unfilter(raw: Uint8Array, at: number, rows: number, rowBytes: number, bpp: number, where: string): void {
  for (let row = 0; row < rows; row++, at += rowBytes + 1) {
    const filter = raw[at]!
    if (filter > 4) throw new FileError('corrupt', `[${where}] a PNG's row must have a filter from 0 to 4, got ${filter}`)
    const begin = at + 1
    const up = row ? rowBytes + 1 : 0
    for (let i = filter ? 0 : rowBytes; i < rowBytes; i++) {
      const left = i < bpp ? 0 : raw[begin + i - bpp]!
      const above = up ? raw[begin + i - up]! : 0
      if (filter === 1) raw[begin + i]! += left
      else if (filter === 2) raw[begin + i]! += above
      else if (filter === 3) raw[begin + i]! += (left + above) >> 1
      else raw[begin + i]! += paeth(left, above, up && i >= bpp ? raw[begin + i - up - bpp]! : 0)
    }
  }
}

function paeth(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner)
  const toAbove = Math.abs(left - corner)
  const toCorner = Math.abs(left + above - 2 * corner)
  if (toLeft <= toAbove && toLeft <= toCorner) return left
  return toAbove <= toCorner ? above : corner
}

/** Red, green and blue of every value of a picture with one colour sample: from the palette, or grey scaled to 0..255. */
function colours({ colorType, depth, palette }: PngInfo): Uint8Array {
  const table = new Uint8Array(256 * 3) // an index outside the palette is black, as in Pillow
  if (colorType === 3) table.set(palette.subarray(0, table.length))
  else for (let i = 0; i < table.length; i++) table[i] = depth < 8 ? (Math.floor(i / 3) * 255) / (2 ** depth - 1) : i / 3
  return table
}

/** Copies a row of `count` pixels to every `step`-th pixel of the output. */
function unpackRow(png: PngInfo, table: Uint8Array, raw: Uint8Array, at: number, count: number, out: Uint8Array, to: number, step: number) {
  const { depth, colorType } = png
  const channels = CHANNELS[colorType]!
  const bytes = depth === 16 ? 2 : 1 // of which the first, the higher, counts
  for (let i = 0; i < count; i++, to += step * 3) {
    let from = at + i * channels * bytes
    if (channels >= 3) {
      out[to] = raw[from]!
      out[to + 1] = raw[from + bytes]!
      out[to + 2] = raw[from + 2 * bytes]!
      continue
    }
    let value: number
    if (depth < 8) {
      from = at + ((i * depth) >> 3)
      value = (raw[from]! >> (8 - depth - ((i * depth) & 7))) & (2 ** depth - 1)
    } else if (depth === 16 && colorType === 0) {
      value = raw[from] ? 255 : raw[from + 1]! // Pillow keeps 16 bits of grey, and cuts them off at 255 in convert('RGB')
    } else value = raw[from]!
    out[to] = table[value * 3]!
    out[to + 1] = table[value * 3 + 1]!
    out[to + 2] = table[value * 3 + 2]!
  }
}

/**
 * The pixels of a PNG. Transparency is dropped and not blended, 16 bits are cut to the upper 8. A greyscale PNG of 16 bits has
 * Pillow's values: everything above 255 is white.
 * @throws FileError `corrupt`
 */
export async function decodePngPixels(png: PngInfo, where: string): Promise<Pixels> {
  const { width, height, depth, colorType, interlaced, parts } = png
  const bits = depth * CHANNELS[colorType]!
  const passes = (interlaced ? ADAM7 : WHOLE)
    .map(([x, y, dx, dy]) => ({ x, y, dx, dy, columns: Math.ceil((width - x) / dx), rows: Math.ceil((height - y) / dy) }))
    .filter(({ columns, rows }) => columns > 0 && rows > 0)
  const rowBytes = (columns: number) => Math.ceil((columns * bits) / 8)
  const size = passes.reduce((sum, { columns, rows }) => sum + rows * (rowBytes(columns) + 1), 0)
  const packed = new Uint8Array(await new Blob([...parts]).arrayBuffer())
  const raw = await inflate(packed, 'deflate', size, `pixels of ${where}`)
  if (raw.length < size) {
    throw new FileError('corrupt', `[${where}] a PNG of ${width}x${height} must have ${size} bytes of pixels, got ${raw.length}`)
  }
  const table = colours(png)
  const data = new Uint8Array(width * height * 3)
  let at = 0
  for (const { x, y, dx, dy, columns, rows } of passes) {
    const line = rowBytes(columns)
    unfilter(raw, at, rows, line, Math.max(1, bits >> 3), where)
    for (let row = 0; row < rows; row++, at += line + 1) {
      unpackRow(png, table, raw, at + 1, columns, data, ((y + row * dy) * width + x) * 3, dx)
    }
  }
  return { width, height, data }
}
