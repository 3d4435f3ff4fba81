/** The frame of a JPEG file: size, EXIF; and whether it is all there. ITU-T T.81, annex B; the pixels are decoded elsewhere. */
import { FileError } from '../../errors.ts'

export interface JpegInfo {
  readonly width: number
  readonly height: number
  /** The first EXIF block, a TIFF structure. */
  readonly exif: Uint8Array | undefined
  /** Where EXIF segments lie in the file. */
  readonly exifRanges: readonly (readonly [begin: number, end: number])[]
}

const EOI = 0xd9
const SOS = 0xda
const APP1 = 0xe1
/** Baseline, extended and progressive frames with Huffman codes. */
const FRAMES = [0xc0, 0xc1, 0xc2]
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

const startsWith = (bytes: Uint8Array, at: number, text: string) => [...text].every((c, i) => bytes[at + i] === c.charCodeAt(0))

interface Segment {
  readonly marker: number
  /** Of the marker. */
  readonly begin: number
  /** Of the content. */
  readonly at: number
  readonly end: number
}

/** Segments up to the end of the image. Coded data, restart marks and stray bytes between them are passed over, as decoders do. */
function* segments(bytes: Uint8Array, where: string): Generator<Segment> {
  const truncated = (offset: number) =>
    new FileError('truncated', `[${where}] a JPEG must end with its end mark, got the end of the file after ${bytes.length} bytes`, {
      offset,
    })
  for (let at = 2; ;) {
    const begin = bytes.indexOf(0xff, at)
    if (begin < 0 || begin + 1 >= bytes.length) throw truncated(bytes.length)
    const marker = bytes[begin + 1]!
    if (marker === EOI) return
    at = marker === 0xff ? begin + 1 : begin + 2
    if (marker <= 1 || marker === 0xff || (marker >= 0xd0 && marker <= 0xd8)) continue
    const end = at + 2 > bytes.length ? Infinity : at + ((bytes[at]! << 8) | bytes[at + 1]!)
    if (end > bytes.length) throw truncated(begin)
    if (end < at + 2) throw new FileError('corrupt', `[${where}] a JPEG segment must have a length, got ${end - at}`, { offset: at })
    yield { marker, begin, at: at + 2, end }
    at = end
  }
}

/** Size of a frame header. @throws FileError `unsupported`, `corrupt` */
function frame(bytes: Uint8Array, { marker, at, end }: Segment, where: string) {
  const refuse = (code: 'unsupported' | 'corrupt', rule: string) => new FileError(code, `[${where}] ${rule}`, { offset: at })
  const count = bytes[at + 5]!
  if (end < at + 6 || end < at + 6 + count * 3) throw refuse('corrupt', 'a JPEG frame must have its components, got a short header')
  if (!FRAMES.includes(marker)) {
    const got = marker.toString(16)
    throw refuse('unsupported', `a JPEG must be baseline or progressive, got a lossless, hierarchical or arithmetic frame (${got})`)
  }
  if (bytes[at] !== 8) throw refuse('unsupported', `a JPEG must have 8 bits a sample, got ${bytes[at]}`)
  if (count === 4) throw refuse('unsupported', 'a JPEG must be RGB or greyscale, got 4 components (CMYK)')
  if (count !== 1 && count !== 3) throw refuse('unsupported', `a JPEG must have 1 or 3 components, got ${count}`)
  const height = (bytes[at + 1]! << 8) | bytes[at + 2]!
  const width = (bytes[at + 3]! << 8) | bytes[at + 4]!
  if (!width || !height) throw refuse('corrupt', `a picture must have pixels, got ${width}x${height}`)
  return { width, height }
}

/**
 * Reads the segments of a JPEG, to its end.
 * @throws FileError `truncated`, `corrupt`; `unsupported` for CMYK, 12 bits, and frames that are neither baseline nor progressive
 */
export function parseJpeg(bytes: Uint8Array, where: string): JpegInfo {
  let found: ReturnType<typeof frame> | undefined
  let scans = 0
  const exifRanges: [number, number][] = []
  for (const segment of segments(bytes, where)) {
    const { marker, begin, at, end } = segment
    if (isFrame(marker)) found ??= frame(bytes, segment, where)
    else if (marker === SOS) scans++
    else if (marker === APP1 && startsWith(bytes, at, 'Exif\0\0')) exifRanges.push([begin, end])
  }
  if (!found || !scans) {
    throw new FileError('corrupt', `[${where}] a JPEG must have a frame and a scan, got ${found ? 'no scan' : 'no frame'}`)
  }
  const { width, height } = found
  // A block of 64 pixels takes at least one bit.
  if (width * height > bytes.length * 8 * 64) {
    throw new FileError('corrupt', `[${where}] a JPEG must have the bytes for its size, got ${width}x${height} in ${bytes.length} bytes`)
  }
  const first = exifRanges[0]
  const exif = first && bytes.subarray(first[0] + 10, first[1])
  return { width, height, exif, exifRanges }
}
