/** From the bytes of a picture to a tensor that a network takes: what browsers and Node share. */
import { INTERPOLATIONS, type ColorMode, type Interpolation } from '../../about.ts'
import { ArgumentError, FileError } from '../../errors.ts'
import type { Tensor } from '../../tensor.ts'
import { pictureFormat } from '../bytes/guess.ts'
import { exifOrientation, orientPixels } from './exif.ts'
import { greyPixels } from './grey.ts'
import { parseJpeg, type JpegInfo } from './jpeg.ts'
import { decodePngPixels, parsePng } from './png.ts'
import { checkTargetSize, resizePixels, type Pixels } from './resize.ts'

/** Options of {@link loadImage}. */
export interface LoadImageOptions {
  /** [height, width] of the result. Default: the picture's own. */
  targetSize?: readonly [height: number, width: number]
  /** `rgb`: three channels. `grayscale`: one, for models whose input is [height,width,1]; as Keras's load_img makes it. Default `rgb`. */
  colorMode?: ColorMode
  /** How to get there. `nearest` is the default of Keras's load_img; `bilinear` antialiases as Pillow does. Default `nearest`. */
  interpolation?: Interpolation
  /** Whether to turn the picture as its EXIF block says. Keras does not: false gives Keras's pixels. Default true. */
  orient?: boolean
  /** A file that promises more pixels is refused before memory is taken for them. Default 100 million. */
  maxPixels?: number
  /** Ends the loading with its reason. */
  signal?: AbortSignal
  /** For URLs. Default: the global fetch. */
  fetch?: typeof globalThis.fetch
}

const COLOR_MODES: readonly ColorMode[] = ['rgb', 'grayscale']

/** A picture as networks take it: [1,height,width,3], RGB, 0..255; [1,height,width,1] in grey. See {@link loadImage}. */
export type ImageTensor = Tensor & { readonly data: Uint8Array<ArrayBuffer> }

const MAX_PIXELS = 100_000_000

/** How an environment decodes what is not decoded here. */
export interface Decoders {
  jpeg(bytes: Uint8Array<ArrayBuffer>, info: JpegInfo): Promise<Pixels>
  /** A file that is neither PNG nor JPEG. @throws FileError */
  other(bytes: Uint8Array<ArrayBuffer>): Promise<Pixels>
}

/** @throws ArgumentError for an option that cannot be honoured */
export function checkOptions(
  where: string,
  { targetSize, colorMode = 'rgb', interpolation = 'nearest', maxPixels = MAX_PIXELS }: LoadImageOptions,
): void {
  if (targetSize !== undefined) checkTargetSize(where, targetSize)
  if (!COLOR_MODES.includes(colorMode)) {
    throw new ArgumentError(where, `colorMode must be ${COLOR_MODES.join(' or ')}, got ${String(colorMode)}`)
  }
  if (!INTERPOLATIONS.includes(interpolation)) {
    throw new ArgumentError(where, `interpolation must be ${INTERPOLATIONS.join(' or ')}, got ${String(interpolation)}`)
  }
  if (!(maxPixels >= 1)) throw new ArgumentError(where, `maxPixels must be a positive number, got ${String(maxPixels)}`)
}

/** @throws FileError `unsupported` for a picture that is larger than allowed */
export function checkPixels(
  where: string,
  { width, height }: { width: number; height: number },
  { maxPixels = MAX_PIXELS }: LoadImageOptions,
): void {
  if (width * height <= maxPixels) return
  throw new FileError('unsupported', `[${where}] a picture must have at most ${maxPixels} pixels (maxPixels), got ${width}x${height}`)
}

/** Pixels of red, green, blue and alpha, without the last. */
export function fromRgba({ width, height, data }: { width: number; height: number; data: Uint8ClampedArray | Uint8Array }): Pixels {
  const rgb = new Uint8Array(width * height * 3)
  for (let from = 0, to = 0; to < rgb.length; from += 4) {
    rgb[to++] = data[from]!
    rgb[to++] = data[from + 1]!
    rgb[to++] = data[from + 2]!
  }
  return { width, height, data: rgb }
}

/** Decoded pixels, in the colours and the size asked for: grey first, as Keras does it. */
export function toTensor(
  pixels: Pixels,
  { targetSize, colorMode, interpolation }: Pick<LoadImageOptions, 'targetSize' | 'colorMode' | 'interpolation'>,
): ImageTensor {
  const grey = colorMode === 'grayscale'
  const seen = grey ? greyPixels(pixels) : pixels
  const { width, height, data } = targetSize ? resizePixels(seen, targetSize, interpolation) : seen
  if (!grey) return { shape: [1, height, width, 3], data }
  return { shape: [1, height, width, 1], data: Uint8Array.from({ length: width * height }, (_, i) => data[3 * i]!) }
}

/**
 * Decodes, turns and resizes the picture in a file. What it is, is seen from its content.
 * @throws FileError; the signal's reason
 */
export async function decodeImage(
  bytes: Uint8Array<ArrayBuffer>,
  where: string,
  options: LoadImageOptions,
  decoders: Decoders,
): Promise<ImageTensor> {
  const format = pictureFormat(bytes)
  let pixels: Pixels
  let exif: Uint8Array | undefined
  if (format === 'PNG') {
    const png = parsePng(bytes, where)
    checkPixels(where, png, options)
    if (options.colorMode === 'grayscale' && png.colorType === 0 && png.depth === 16) {
      const rule = 'a grey PNG must have at most 8 bits for colorMode grayscale, since Keras keeps more'
      throw new FileError('unsupported', `[${where}] ${rule}, got 16`)
    }
    exif = png.exif
    pixels = await decodePngPixels(png, where)
  } else if (format === 'JPEG') {
    const jpeg = parseJpeg(bytes, where)
    checkPixels(where, jpeg, options)
    exif = jpeg.exif
    pixels = await decoders.jpeg(bytes, jpeg)
  } else pixels = await decoders.other(bytes)
  options.signal?.throwIfAborted()
  return toTensor(options.orient === false ? pixels : orientPixels(pixels, exifOrientation(exif)), options)
}
