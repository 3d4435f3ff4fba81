/** Oracles of what changes colours: adjustColor and its gradient; pictureShift and standardizeSamples, ImageDataGenerator's. */
import { build, EPS, FTZ, sumBound, ulpBound, type Reference } from './reference.ts'
import { CONSTANT, DIVISION, SQRT, type Inputs, type Values } from './values.ts'

/** Hue in turns, saturation and value. */
function hsv(r: number, g: number, b: number): [number, number, number] {
  const v = Math.max(r, g, b)
  const range = v - Math.min(r, g, b)
  if (range === 0) return [0, 0, v]
  const sixth = v === r ? (g - b) / range : v === g ? (b - r) / range + 2 : (r - g) / range + 4
  return [(sixth / 6 + 1) % 1, v > 0 ? range / v : 0, v]
}

function rgb(h: number, s: number, v: number): number[] {
  const turn = (h - Math.floor(h)) * 6
  const full = [Math.abs(turn - 3) - 1, 2 - Math.abs(turn - 2), 2 - Math.abs(turn - 4)]
  return full.map((f) => v * (1 - s + s * Math.min(Math.max(f, 0), 1)))
}

interface ColorAttrs {
  readonly kind: string
  readonly range: readonly [number, number]
}

/** Of a colour through HSV: some divisions, whose errors the largest of the three channels scales. */
const HSV_ULPS = 10 * DIVISION

function colored(pixel: readonly number[], numbers: readonly number[], { kind, range: [low, high] }: ColorAttrs): [number, number][] {
  const largest = Math.max(...pixel.map(Math.abs))
  const clip = (v: number, from = low, to = high) => Math.min(Math.max(v, from), to)
  if (kind === 'saturation') {
    const [h, s, v] = hsv(pixel[0]!, pixel[1]!, pixel[2]!)
    const by = numbers[0]! / (1 - numbers[0]! + 1e-7)
    // What is subtracted from 1 may come near it.
    const off = HSV_ULPS + 2 / Math.abs(1 - numbers[0]! + 1e-7)
    return rgb(h, clip(s * by), v).map((y) => [y, off * EPS * largest * (1 + 2 * clip(s * by))])
  }
  if (kind === 'hue') {
    const [h, s, v] = hsv(...(pixel.map((x) => (x - low) / (high - low)) as [number, number, number]))
    const unit = rgb(h + (numbers[0]! > 0.5 ? -0.5 : 0.5) * numbers[1]!, s, v)
    const size = Math.max(Math.abs(low), Math.abs(high), largest)
    return unit.map((y) => [clip(y, 0, 1) * (high - low) + low, HSV_ULPS * EPS * size])
  }
  const grey = 0.2989 * pixel[0]! + 0.587 * pixel[1]! + 0.114 * pixel[2]!
  return pixel.map((x) => (numbers[0]! < high ? [grey, (3 + CONSTANT) * EPS * largest + FTZ] : [x, 0]))
}

export function adjustColorReference([x, factor, mean]: Inputs, attrs: ColorAttrs): Reference {
  const [N, , , C] = x!.shape as readonly [number, number, number, number]
  const D = factor!.shape[1]!
  const size = x!.data.length / N
  const { kind, range } = attrs
  const [low, high] = range
  return build(x!.shape, (i) => {
    const n = Math.floor(i / size)
    const c = i % C
    const numbers = Array.from({ length: D }, (_, d) => factor!.data[n * D + d]!)
    const clip = (v: number) => Math.min(Math.max(v, low), high)
    const value = x!.data[i]!
    if (kind === 'brightness') {
      const by = numbers[0]! * (high - low)
      return [clip(value + by), ulpBound(2, by) + ulpBound(1, value + by)]
    }
    if (kind === 'contrast') {
      const m = mean!.data[n * C + c]!
      return [clip((value - m) * numbers[0]! + m), ulpBound(2, (value - m) * numbers[0]!) + ulpBound(1, m) + ulpBound(1, value)]
    }
    return colored(Array.from(x!.data).slice(i - c, i - c + 3), numbers, attrs)[c]!
  })
}

/**
 * The gradient of the oracle itself, by differences in f64 over a pixel. A colour's has quotients by how far its values lie apart.
 * @param inputs dy, and those of adjustColor
 */
export function adjustColorGradReference([dy, x, factor, mean]: Inputs, attrs: ColorAttrs): Reference {
  const [N, , , C] = x!.shape as readonly [number, number, number, number]
  const size = x!.data.length / N
  const D = factor!.shape[1]!
  const kind = attrs.kind === 'mean' ? 'contrast' : attrs.kind
  const step = 2 ** -12
  return build(x!.shape, (i) => {
    const [n, c] = [Math.floor(i / size), i % C]
    const row = (t: Values, from: number, count: number) => Array.from({ length: count }, (_, k) => t.data[from + k]!)
    const pixel = row(x!, i - c, C)
    const means = mean && row(mean, n * C, C)
    const numbers = row(factor!, n * D, D)
    const at = (h: number) => {
      const moved = (list: number[]) => list.map((v, k) => v + (k === c ? h : 0))
      const one = { shape: [1, 1, 1, C], data: attrs.kind === 'mean' ? pixel : moved(pixel) }
      const about = means && { shape: [1, C], data: attrs.kind === 'mean' ? moved(means) : means }
      return adjustColorReference([one, { shape: [1, D], data: numbers }, about], { kind, range: attrs.range }).y
    }
    const [low, high] = [at(-step), at(step)]
    const ds = row(dy!, i - c, C)
    const y = ds.reduce((sum, d, k) => sum + (d * (high[k]! - low[k]!)) / (2 * step), 0)
    const away = kind === 'saturation' || kind === 'hue' ? Math.max(...pixel) / (Math.max(...pixel) - Math.min(...pixel)) : 1
    const by = kind === 'saturation' ? 1 + 4 / Math.abs(1 - numbers[0]!) : 1 + Math.abs(numbers[0]!)
    // The last is the truncation of a difference: a third derivative of at most away^2 / pixel^2.
    const largest = Math.max(...ds.map(Math.abs))
    return [y, largest * by * (1 + away ** 2) * (4 * HSV_ULPS * EPS + step ** 2)]
  })
}

/** The mean of every channel of every sample, as f32. */
export function channelMeans({ shape, data }: Values): { shape: number[]; data: Float32Array<ArrayBuffer> } {
  const [N, H, W, C] = shape as readonly [number, number, number, number]
  const sums = new Float64Array(N * C)
  for (let i = 0; i < data.length; i++) sums[Math.floor(i / (H * W * C)) * C + (i % C)]! += data[i]! / (H * W)
  return { shape: [N, C], data: Float32Array.from(sums) }
}

/** Steps of bytes where f32 may fall on either side of a whole number: the value off by `error`, cut off. */
const cut = (v: number, error: number): [number, number] => [Math.trunc(v), Math.trunc(v + error) === Math.trunc(v - error) ? 0 : 1]

export function pictureShiftReference([x, by]: Inputs, { kind }: { kind: string }): Reference {
  const [N, , , C] = x!.shape as readonly [number, number, number, number]
  const D = x!.data.length / N
  return build(x!.shape, (i) => {
    const n = Math.floor(i / D)
    const sample = Array.from(x!.data).slice(n * D, (n + 1) * D)
    const [factor, low, high] = [by!.data[n]!, Math.min(...sample), Math.max(...sample)]
    const value = x!.data[i]!
    if (kind === 'channels') return [Math.min(Math.max(value + factor, low), high), ulpBound(1, value + factor)]
    const stretched = low < 0 || high > 255
    const size = high - low
    const at = stretched ? ((value - low) / (size || 1)) * 255 : value
    const [byte, off] = cut(at, stretched ? 8 * EPS * 255 : 0)
    const alpha = C === 4 && i % 4 === 3
    // A product of f32, cut off as it is.
    const [blended, step] = alpha ? [byte, 0] : cut(Math.fround(byte * Math.fround(factor)), 0)
    const y = Math.min(Math.max(blended, 0), 255)
    const bound = alpha ? off : (off || step) && Math.abs(factor) + 1
    if (!stretched) return [y, bound]
    return [(y / 255) * size + low, (bound / 255) * size + 8 * EPS * (Math.abs(low) + size)]
  })
}

/** A sample's mean and deviation; how far they may be off. */
function standardized(sample: readonly number[]): { mean: number; off: number; std: number; offStd: number } {
  const D = sample.length
  const mean = sample.reduce((sum, v) => sum + v, 0) / D
  const off =
    sumBound(
      D,
      sample.reduce((sum, v) => sum + Math.abs(v), 0),
    ) / D
  const variance = sample.reduce((sum, v) => sum + (v - mean) ** 2, 0) / D
  const std = Math.sqrt(variance)
  // The squares about a mean that is off are as many times the square of that too large.
  const offVariance = sumBound(D, variance) + off ** 2
  return {
    mean,
    off,
    std,
    offStd: std > 0 ? Math.min(offVariance / std, Math.sqrt(offVariance)) + SQRT * EPS * std : Math.sqrt(offVariance),
  }
}

/** A division by what is off by some of itself. */
export function standardizeSamplesReference([x, dy]: Inputs, { deviation }: { deviation: boolean }): Reference {
  if (dy) return standardizeSamplesGradReference(x!, dy, deviation)
  const N = x!.shape[0]!
  const D = x!.data.length / N
  const samples = Array.from({ length: N }, (_, n) => standardized(Array.from(x!.data).slice(n * D, (n + 1) * D)))
  return build(x!.shape, (i) => {
    const { mean, off, std, offStd } = samples[Math.floor(i / D)]!
    const centred = x!.data[i]! - mean
    const error = off + EPS * Math.abs(centred)
    if (!deviation) return [centred, error]
    const least = Math.max(std - offStd, 0) + 1e-6
    return [
      centred / (std + 1e-6),
      error / least + Math.abs(centred) * (offStd / least / (std + 1e-6)) + ulpBound(DIVISION + 2, centred / (std + 1e-6)),
    ]
  })
}

/** dx by the definition: the differences of a sum of dy * y, in f64. */
function standardizeSamplesGradReference(x: Values, dy: Values, deviation: boolean): Reference {
  const N = x.shape[0]!
  const D = x.data.length / N
  const of = (t: Values, n: number) => Array.from(t.data).slice(n * D, (n + 1) * D)
  const samples = Array.from({ length: N }, (_, n) => {
    const [xs, ds] = [of(x, n), of(dy, n)]
    const { mean, std } = standardized(xs)
    const [meanDy, product] = [ds.reduce((s, v) => s + v, 0) / D, ds.reduce((s, v, k) => s + v * (xs[k]! - mean), 0) / D]
    const largest = Math.max(...ds.map(Math.abs))
    return { mean, std, meanDy, product, largest }
  })
  return build(x.shape, (i) => {
    const { mean, std, meanDy, product, largest } = samples[Math.floor(i / D)]!
    const [d, divisor] = [dy.data[i]! - meanDy, std + 1e-6]
    const away = x.data[i]! - mean
    const y = deviation ? d / divisor - (away * product) / (divisor ** 2 * std) : d
    // Sums over the sample of what is at most the largest dy, and as much again in each quotient of deviations.
    const sizes = largest * (1 + Math.abs(away) / std)
    return [y, ((2 * D + 24) * EPS * sizes) / (deviation ? divisor : 1)]
  })
}
