/**
 * Brings pictures to one size as TensorFlow's tf.image.resize does it (half-pixel centres, no antialiasing), which is what Keras's
 * image_dataset_from_directory has. tensorflow/core/kernels/image/resize_bilinear_op.cc and resize_nearest_neighbor_op.cc, in f32 as there.
 * Pillow's resizing, that of load_img, is in resize.ts; `fitTensor` does either.
 */
import { INTERPOLATIONS, type Interpolation, type PictureSpec } from '../../about.ts'
import { ArgumentError } from '../../errors.ts'
import type { ImageTensor } from './image.ts'
import { checkTargetSize, resizePixels } from './resize.ts'

export interface SizeOptions {
  /** [height, width] of the result. Default in datasets: [256, 256]. */
  readonly imageSize: readonly [height: number, width: number]
  /** Default `bilinear`. */
  readonly interpolation?: Interpolation | undefined
  /** Cut the picture to the shape of the result first, around its middle, so that nothing is distorted. Default false. */
  readonly cropToAspectRatio?: boolean | undefined
  /** Fill up with black on both sides instead. Default false. */
  readonly padToAspectRatio?: boolean | undefined
  /** `uint8`: values are rounded to whole numbers. `float32`: they are as in TensorFlow. Default `uint8`. */
  readonly dtype?: 'uint8' | 'float32' | undefined
}

/** Rows from the top, pixels from the left, `channels` values each. */
export interface Picture {
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly data: Uint8Array
}

/** @throws ArgumentError for an option that cannot be honoured */
export function checkSizeOptions(where: string, options: SizeOptions): void {
  const { interpolation = 'bilinear', cropToAspectRatio: crop = false, padToAspectRatio: pad = false, dtype = 'uint8' } = options
  checkTargetSize(where, options.imageSize, 'imageSize')
  const given = { interpolation, cropToAspectRatio: crop, padToAspectRatio: pad, dtype }
  const known = {
    interpolation: INTERPOLATIONS,
    cropToAspectRatio: [true, false],
    padToAspectRatio: [true, false],
    dtype: ['uint8', 'float32'],
  }
  for (const [name, values] of Object.entries(known)) {
    const value: unknown = given[name as keyof typeof given]
    if (!(values as readonly unknown[]).includes(value))
      throw new ArgumentError(where, `${name} must be ${values.join(' or ')}, got ${String(value)}`)
  }
  if (crop && pad) throw new ArgumentError(where, 'only one of cropToAspectRatio and padToAspectRatio may be true, got both')
}

const { fround } = Math

/** Part of a line: `size` of the pixels, from `begin`. */
interface Range {
  readonly begin: number
  readonly size: number
}

/** Which two pixels make one of the result, along an axis, and how much the second counts. */
interface Taps {
  readonly lower: Uint32Array
  readonly upper: Uint32Array
  readonly lerp: Float32Array
}

function taps({ begin, size }: Range, target: number, interpolation: Interpolation): Taps {
  const result = { lower: new Uint32Array(target), upper: new Uint32Array(target), lerp: new Float32Array(target) }
  const scale = fround(size / target)
  for (let i = 0; i < target; i++) {
    const centre = fround(fround(i + 0.5) * scale)
    const at = interpolation === 'nearest' ? Math.floor(centre) : fround(centre - 0.5)
    const lower = Math.min(Math.max(Math.floor(at), 0), size - 1)
    result.lower[i] = begin + lower
    result.upper[i] = begin + Math.max(lower, Math.min(Math.ceil(at), size - 1))
    result.lerp[i] = at - Math.floor(at)
  }
  return result
}

/** Keras's smart_resize: the largest part of the target's shape, in the middle. */
export function cropped(height: number, width: number, [th, tw]: SizeOptions['imageSize']): { rows: Range; columns: Range } {
  const middle = (size: number, wanted: number): Range => {
    const part = Math.max(1, Math.min(size, Math.trunc(wanted)))
    return { begin: Math.trunc((size - part) / 2), size: part }
  }
  return { rows: middle(height, fround(fround(width * th) / tw)), columns: middle(width, fround(fround(height * tw) / th)) }
}

/** tf.image.resize_with_pad: where the picture lies in the result. */
function padded(height: number, width: number, [th, tw]: SizeOptions['imageSize']): { rows: Range; columns: Range } {
  const ratio = Math.max(fround(width / tw), fround(height / th))
  const within = (size: number, target: number): Range => {
    const resized = fround(size / ratio)
    return { begin: Math.max(0, Math.floor(fround(target - resized) / 2)), size: Math.max(1, Math.floor(resized)) }
  }
  return { rows: within(height, th), columns: within(width, tw) }
}

/** A picture at the size that is wanted, [height,width,channels]. @param options checked */
export function fitImage(
  { height, width, channels, data }: Picture,
  options: SizeOptions,
): Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> {
  const { imageSize, interpolation = 'bilinear', cropToAspectRatio, padToAspectRatio, dtype = 'uint8' } = options
  const [outHeight, outWidth] = imageSize
  const whole = { rows: { begin: 0, size: height }, columns: { begin: 0, size: width } }
  const from = cropToAspectRatio ? cropped(height, width, imageSize) : whole
  const full = { rows: { begin: 0, size: outHeight }, columns: { begin: 0, size: outWidth } }
  const to = padToAspectRatio ? padded(height, width, imageSize) : full
  const out = new (dtype === 'uint8' ? Uint8Array : Float32Array)(outHeight * outWidth * channels)
  const half = dtype === 'uint8' ? 0.5 : 0 // what is stored in bytes is cut off
  const ys = taps(from.rows, to.rows.size, interpolation)
  const xs = taps(from.columns, to.columns.size, interpolation)
  for (let y = 0; y < to.rows.size; y++) {
    const [top, bottom] = [ys.lower[y]! * width, ys.upper[y]! * width]
    let at = ((to.rows.begin + y) * outWidth + to.columns.begin) * channels
    for (let x = 0; x < to.columns.size; x++) {
      const [left, right] = [xs.lower[x]!, xs.upper[x]!]
      for (let c = 0; c < channels; c++) {
        const a = lerp(data[(top + left) * channels + c]!, data[(top + right) * channels + c]!, xs.lerp[x]!)
        const b = lerp(data[(bottom + left) * channels + c]!, data[(bottom + right) * channels + c]!, xs.lerp[x]!)
        out[at++] = lerp(a, b, ys.lerp[y]!) + half
      }
    }
  }
  return out
}

const lerp = (a: number, b: number, t: number) => fround(a + fround(fround(b - a) * t))

/** A picture in Pillow's pixels. It may be grey, which Pillow resizes as it does colours. */
function fitPillow({ height, width, channels, data }: Picture, { size, interpolation, aspectRatio }: PictureSpec): Uint8Array<ArrayBuffer> {
  const whole = { rows: { begin: 0, size: height }, columns: { begin: 0, size: width } }
  const from = aspectRatio === 'crop' ? cropped(height, width, size) : whole
  const full = { rows: { begin: 0, size: size[0] }, columns: { begin: 0, size: size[1] } }
  const to = aspectRatio === 'pad' ? padded(height, width, size) : full
  const part = new Uint8Array(from.rows.size * from.columns.size * 3)
  for (let i = 0; i < part.length; i++) {
    const [at, c] = [Math.floor(i / 3), i % 3]
    const [y, x] = [from.rows.begin + Math.floor(at / from.columns.size), from.columns.begin + (at % from.columns.size)]
    part[i] = data[(y * width + x) * channels + Math.min(c, channels - 1)]!
  }
  const target = [to.rows.size, to.columns.size] as const
  const fitted = resizePixels({ height: from.rows.size, width: from.columns.size, data: part }, target, interpolation)
  const out = new Uint8Array(size[0] * size[1] * channels)
  for (let i = 0; i < target[0] * target[1]; i++) {
    const [y, x] = [to.rows.begin + Math.floor(i / target[1]), to.columns.begin + (i % target[1])]
    for (let c = 0; c < channels; c++) out[(y * size[1] + x) * channels + c] = fitted.data[3 * i + c]!
  }
  return out
}

/** A decoded picture at the size that a model takes, by its resizer. */
export function fitTensor({ shape, data }: ImageTensor, spec: PictureSpec): ImageTensor {
  const { size, interpolation, aspectRatio } = spec
  const [, height, width, channels] = shape as readonly [number, number, number, number]
  const picture = { height, width, channels, data }
  const how = { imageSize: size, interpolation, cropToAspectRatio: aspectRatio === 'crop', padToAspectRatio: aspectRatio === 'pad' }
  const out = spec.resizer === 'tensorflow' ? (fitImage(picture, how) as Uint8Array<ArrayBuffer>) : fitPillow(picture, spec)
  return { shape: [1, ...size, channels], data: out }
}
