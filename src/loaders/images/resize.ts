/**
 * Resizing of 8-bit RGB as Pillow does it, bit for bit: what Keras's load_img gives. Pillow 12, src/libImaging/Resample.c (bilinear)
 * and Geometry.c, ImagingScaleAffine (nearest). Pillow 13 makes the vertical pass first where the height shrinks far more than the
 * width; its bytes then differ from these by at most 1.
 */
import type { Interpolation } from '../../about.ts'
import { ArgumentError } from '../../errors.ts'

/** Pixels in rows from the top left, three bytes each: red, green, blue. */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array<ArrayBuffer>
}

/** Largest height or width that a picture is resized to. */
const MAX_SIDE = 16_384

/** @throws ArgumentError unless it is [height, width] of whole numbers, 1 to 16,384 */
export function checkTargetSize(where: string, size: readonly number[], name = 'targetSize'): void {
  const fits = (n: number) => Number.isInteger(n) && n >= 1 && n <= MAX_SIDE
  if (Array.isArray(size) && size.length === 2 && size.every(fits)) return
  throw new ArgumentError(where, `${name} must be [height, width], whole numbers from 1 to ${MAX_SIDE}, got ${JSON.stringify(size)}`)
}

/** Source index of every output pixel along one axis. The sum is made step by step, as in Pillow, whose rounding it has. */
function nearestIndices(size: number, target: number): Uint32Array {
  const step = size / target
  const indices = new Uint32Array(target)
  let at = step * 0.5
  for (let i = 0; i < target; i++) {
    indices[i] = Math.floor(at)
    at += step
  }
  return indices
}

function nearest({ width, height, data }: Pixels, outHeight: number, outWidth: number): Pixels {
  const columns = nearestIndices(width, outWidth)
  const rows = nearestIndices(height, outHeight)
  const out = new Uint8Array(outHeight * outWidth * 3)
  let to = 0
  for (const row of rows) {
    for (const column of columns) {
      const from = (row * width + column) * 3
      out[to++] = data[from]!
      out[to++] = data[from + 1]!
      out[to++] = data[from + 2]!
    }
  }
  return { width: outWidth, height: outHeight, data: out }
}

/** Weights are whole numbers of this many fractional bits: 32 less 8 for a byte and 2 for sums that leave 0..255. */
const PRECISION_BITS = 32 - 8 - 2
const ONE = 1 << PRECISION_BITS

/** Which source pixels make an output pixel, along one axis: `counts[i]` from `starts[i]`, with weights of 22 bits of fraction from `i * stride`. */
export interface Taps {
  readonly starts: Uint32Array
  readonly counts: Uint32Array
  readonly weights: Int32Array
  readonly stride: number
}

function bilinearTaps(size: number, target: number): Taps {
  const scale = size / target
  const support = Math.max(scale, 1) // the triangle's half width, in source pixels
  const stride = Math.ceil(support) * 2 + 1
  const taps = { starts: new Uint32Array(target), counts: new Uint32Array(target), weights: new Int32Array(target * stride), stride }
  const exact = new Float64Array(stride)
  for (let i = 0; i < target; i++) {
    const centre = (i + 0.5) * scale
    const start = Math.max(0, Math.trunc(centre - support + 0.5))
    const count = Math.min(size, Math.trunc(centre + support + 0.5)) - start
    let sum = 0
    for (let t = 0; t < count; t++) {
      exact[t] = Math.max(0, 1 - Math.abs((t + start - centre + 0.5) * (1 / support)))
      sum += exact[t]!
    }
    for (let t = 0; t < count; t++) taps.weights[i * stride + t] = Math.trunc(0.5 + (exact[t]! / sum) * ONE)
    taps.starts[i] = start
    taps.counts[i] = count
  }
  return taps
}

/** What `resizePixels` does along an axis, for who sums elsewhere: each pass is rounded to bytes, the columns before the rows. */
export function tapsOf(size: number, target: number, interpolation: Interpolation): Taps {
  if (interpolation === 'bilinear' && size !== target) return bilinearTaps(size, target)
  const starts = nearestIndices(size, target)
  return { starts, counts: new Uint32Array(target).fill(1), weights: new Int32Array(target).fill(ONE), stride: 1 }
}

/**
 * One pass along an axis. `lines` lines of `length` pixels; bytes from line to line and from pixel to pixel are given for source and
 * target. The result is rounded to bytes, as it is between Pillow's passes.
 */
function pass(
  data: Uint8Array,
  out: Uint8Array,
  taps: Taps,
  lines: number,
  from: { readonly line: number; readonly pixel: number },
  to: { readonly line: number; readonly pixel: number },
): void {
  const { starts, counts, weights, stride } = taps
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < starts.length; i++) {
      let source = line * from.line + starts[i]! * from.pixel
      let r = ONE / 2
      let g = r
      let b = r
      const end = i * stride + counts[i]!
      for (let t = i * stride; t < end; t++) {
        const w = weights[t]!
        r += data[source]! * w
        g += data[source + 1]! * w
        b += data[source + 2]! * w
        source += from.pixel
      }
      // Weights are positive and sum to 1 within rounding, so a sum may pass 255 by less than one.
      const at = line * to.line + i * to.pixel
      out[at] = Math.min(255, r >> PRECISION_BITS)
      out[at + 1] = Math.min(255, g >> PRECISION_BITS)
      out[at + 2] = Math.min(255, b >> PRECISION_BITS)
    }
  }
}

/** Horizontal first, then vertical; an axis that keeps its size is left alone. */
function bilinear({ width, height, data }: Pixels, outHeight: number, outWidth: number): Pixels {
  let wide = data
  if (outWidth !== width) {
    wide = new Uint8Array(height * outWidth * 3)
    pass(data, wide, bilinearTaps(width, outWidth), height, { line: width * 3, pixel: 3 }, { line: outWidth * 3, pixel: 3 })
  }
  if (outHeight === height) return { width: outWidth, height, data: wide }
  const out = new Uint8Array(outHeight * outWidth * 3)
  const step = { line: 3, pixel: outWidth * 3 }
  pass(wide, out, bilinearTaps(height, outHeight), outWidth, step, step)
  return { width: outWidth, height: outHeight, data: out }
}

/**
 * Resizes to [height, width]. The given pixels come back where they have that size already.
 * @throws ArgumentError for a size or an interpolation that is none
 */
export function resizePixels(
  pixels: Pixels,
  targetSize: readonly [height: number, width: number],
  interpolation: Interpolation = 'nearest',
): Pixels {
  checkTargetSize('image', targetSize)
  const [height, width] = targetSize
  if (height === pixels.height && width === pixels.width) return pixels
  return (interpolation === 'nearest' ? nearest : bilinear)(pixels, height, width)
}
