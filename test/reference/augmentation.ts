/** Oracles of the ops that augment pictures: draws, affineMatrix, affineTransform, adjustColor. */
import { pcg } from './elementwise.ts'
import { build, EPS, FTZ, sumBound, ulpBound, type Reference } from './reference.ts'
import { CONSTANT, coordinates, DIVISION, pixel, SQRT, type Inputs, type Values } from './values.ts'

interface DrawsAttrs {
  readonly rows: number
  readonly salt: number
  readonly ranges: readonly (readonly [number, number])[]
}

/** low + u * (high - low), u the upper 24 bits of a hash. */
export function drawsReference([seed]: Inputs, { rows, salt, ranges }: DrawsAttrs): Reference {
  const mask = 0xffffffffn
  const key = pcg((BigInt(seed!.data[0]!) + pcg(BigInt(salt))) & mask)
  return build([rows, ranges.length], (i) => {
    const u = Number(pcg((pcg(BigInt(i)) + key) & mask) >> 8n) / 2 ** 24
    const [low, high] = ranges[i % ranges.length]!
    return [low + u * (high - low), EPS * (Math.abs(low) + 2 * Math.abs(high - low))]
  })
}

interface MatrixAttrs {
  readonly kind: string
  readonly height: number
  readonly width: number
  readonly axes?: readonly string[]
}

type Matrix = readonly [number, number, number, number, number, number]

function matrixOf([u, v = u!, w, shear, zx, zy]: readonly number[], { kind, height: H, width: W, axes = [] }: MatrixAttrs): Matrix {
  const [cx, cy] = [(W - 1) / 2, (H - 1) / 2]
  if (kind === 'flip') {
    const [x, y] = ['horizontal', 'vertical'].map((axis) => u! <= 0.5 && axes.includes(axis))
    return [x ? -1 : 1, 0, x ? W - 1 : 0, 0, y ? -1 : 1, y ? H - 1 : 0]
  }
  if (kind === 'rotation') {
    const [c, s] = [Math.cos(2 * Math.PI * u!), Math.sin(2 * Math.PI * u!)]
    return [c, -s, cx - cx * c + cy * s, s, c, cy - cx * s - cy * c]
  }
  if (kind === 'zoom') return [v, 0, cx * (1 - v), 0, u!, cy * (1 - u!)]
  if (kind === 'translation') return [1, 0, -v * W, 0, 1, -u! * H]
  if (kind === 'shear') return [1, (u! > 0.5 ? -1 : 1) * w!, 0, (u! > 0.5 ? -1 : 1) * v, 1, 0]
  if (kind === 'crop') return [1, 0, Math.floor(v), 0, 1, Math.floor(u!)]
  // Keras's matrices, one after the other: rotation, shift, shear, zoom; about what it takes for the centre.
  const [r, t] = [2 * Math.PI * u!, 2 * Math.PI * shear!]
  const product = (m: readonly (readonly number[])[], n: readonly (readonly number[])[]) =>
    m.map((row) => [0, 1, 2].map((j) => row.reduce((sum, value, k) => sum + value * n[k]![j]!, 0)))
  const matrices = [
    [[1, 0, H / 2 - 0.5], [0, 1, W / 2 - 0.5], [0, 0, 1]],
    [[Math.cos(r), -Math.sin(r), 0], [Math.sin(r), Math.cos(r), 0], [0, 0, 1]],
    [[1, 0, v], [0, 1, w!], [0, 0, 1]],
    [[1, -Math.sin(t), 0], [0, Math.cos(t), 0], [0, 0, 1]],
    [[zx!, 0, 0], [0, zy!, 0], [0, 0, 1]],
    [[1, 0, 0.5 - H / 2], [0, 1, 0.5 - W / 2], [0, 0, 1]],
  ] // prettier-ignore
  return matrices.reduce(product).slice(0, 2).flat() as unknown as Matrix
}

/** Exact but for rotation (a cosine to some roundings), and what multiplies the size. */
export function affineMatrixReference([x]: Inputs, attrs: MatrixAttrs): Reference {
  const [N, D] = x!.shape as readonly [number, number]
  const exact = ['flip', 'shear', 'crop'].includes(attrs.kind)
  const turn = attrs.kind === 'rotation' ? 8 : attrs.kind === 'generator' ? 40 : 3
  return build([N, 6], (i) => {
    const n = Math.floor(i / 6)
    const y = matrixOf(Array.from(x!.data).slice(n * D, (n + 1) * D), attrs)[i % 6]!
    const size = i % 3 === 2 ? attrs.height + attrs.width : 1
    return [y, exact ? 0 : turn * EPS * size]
  })
}

interface TransformAttrs {
  readonly height: number
  readonly width: number
  readonly interpolation: string
  readonly fillMode: string
  readonly fillValue: number
  readonly scipy?: boolean
}

/** Which of n pixels is at place i; undefined for none. */
function continued(i: number, n: number, mode: string): number | undefined {
  if (mode === 'nearest') return Math.min(Math.max(i, 0), n - 1)
  if (mode === 'wrap') return ((i % n) + n) % n
  const r = ((i % (2 * n)) + 2 * n) % (2 * n)
  if (mode === 'reflect') return r < n ? r : 2 * n - 1 - r
  return i >= 0 && i < n ? i : undefined
}

/**
 * Values at a place between pixels. A place is off by some roundings of what it is a sum of, and a value then by at most so much of the largest
 * difference of the pixels around.
 */
export function affineTransformReference([x, transform]: Inputs, attrs: TransformAttrs): Reference {
  const { height, width, interpolation, fillMode, fillValue, scipy } = attrs
  const [N, H, W, C] = x!.shape as readonly [number, number, number, number]
  const shape = [N, height, width, C]
  return build(shape, (i) => {
    const [n, p, q, c] = coordinates(i, shape) as [number, number, number, number]
    const place = (row: number): readonly [number, number] => {
      const terms = [0, 1, 2].map((k) => transform!.data[6 * n + 3 * row + k]! * [q, p, 1][k]!)
      return [terms[0]! + terms[1]! + terms[2]!, 3 * EPS * terms.reduce((sum, t) => sum + Math.abs(t), 0)]
    }
    const wrapped = ([at, off]: readonly [number, number], n: number): readonly [number, number] =>
      scipy && fillMode === 'wrap' && (at < 0 || at > n - 1)
        ? [at - Math.floor(at / (n - 1)) * (n - 1), off + 4 * EPS * Math.abs(at)]
        : [at, off]
    const [[w, offW], [h, offH]] = [wrapped(place(0), W), wrapped(place(1), H)]
    if (scipy && fillMode === 'constant' && (w < 0 || w > W - 1 || h < 0 || h > H - 1)) return [fillValue, 0]
    const at = (row: number, column: number): number => {
      const [r, s] = [continued(row, H, fillMode), continued(column, W, fillMode)]
      return r === undefined || s === undefined ? fillValue : pixel(x!, n, r, s, c)!
    }
    const whole = interpolation === 'nearest'
    const round = (v: number) => Math.sign(v) * Math.floor(Math.abs(v) + 0.5)
    const [low, high] = whole ? [round, round] : [Math.floor, (v: number) => Math.floor(v) + 1]
    const around: number[] = []
    for (let row = low(h - offH); row <= high(h + offH); row++)
      for (let column = low(w - offW); column <= high(w + offW); column++) around.push(at(row, column))
    const span = Math.max(...around) - Math.min(...around)
    if (whole) return [at(round(h), round(w)), span]
    const [row, column] = [Math.floor(h), Math.floor(w)]
    const [fh, fw] = [h - row, w - column]
    const top = at(row, column) * (1 - fw) + at(row, column + 1) * fw
    const bottom = at(row + 1, column) * (1 - fw) + at(row + 1, column + 1) * fw
    const largest = Math.max(...around.map(Math.abs))
    return [top * (1 - fh) + bottom * fh, span * (offH + offW) + sumBound(4, largest)]
  })
}

/** What is between two whole places along an axis, or the nearest: places and weights. */
function tapsAt(
  place: number,
  size: number,
  { interpolation, fillMode, scipy }: Omit<TransformAttrs, 'fillValue'>,
): [i: number, w: number][] {
  const last = size - 1
  const beyond = place < 0 || place > last
  if (scipy && beyond && fillMode === 'constant') return []
  const at = scipy && beyond && fillMode === 'wrap' && last > 0 ? place - Math.floor(place / last) * last : place
  const low = Math.floor(at)
  const taps: [number, number][] = interpolation === 'nearest' ? [[Math.trunc(at + (at < 0 ? -0.5 : 0.5)), 1]] : [[low, 1 - at + low], [low + 1, at - low]] // prettier-ignore
  return taps.flatMap(([i, w]) => {
    const inside = continued(i, size, fillMode)
    return inside === undefined ? [] : [[inside, w] as [number, number]]
  })
}

/** The transpose of affineTransform: every output pixel's dy goes to the pixels that it was made of, times their weights. */
export function affineTransformGradReference([dy, transform]: Inputs, attrs: Omit<TransformAttrs, 'fillValue'>): Reference {
  const { height: H, width: W } = attrs
  const [N, P, Q, C] = dy!.shape as readonly [number, number, number, number]
  const sums = new Float64Array(N * H * W * C)
  const bounds = new Float64Array(N * H * W * C)
  for (let e = 0; e < dy!.data.length; e++) {
    const [n, p, q, c] = coordinates(e, [N, P, Q, C]) as [number, number, number, number]
    const t = Array.from({ length: 6 }, (_, k) => transform!.data[6 * n + k]!)
    const place = (row: number) => t[3 * row]! * q + t[3 * row + 1]! * p + t[3 * row + 2]!
    const off = 4 * EPS * t.reduce((sum, v, k) => sum + Math.abs(v) * [q, p, 1][k % 3]!, 0)
    for (const [h, wh] of tapsAt(place(1), H, attrs)) {
      for (const [w, ww] of tapsAt(place(0), W, attrs)) {
        const i = ((n * H + h) * W + w) * C + c
        sums[i]! += dy!.data[e]! * wh * ww
        bounds[i]! += Math.abs(dy!.data[e]!) * (off + 8 * EPS)
      }
    }
  }
  // A place that f32 puts on the other side of a whole number is read at another pixel, with a weight of that rounding.
  const largest = Math.max(...Array.from(dy!.data, Math.abs))
  return build([N, H, W, C], (i) => [sums[i]!, 16 * bounds[i]! + 64 * EPS * largest])
}

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

interface EraseAttrs {
  readonly fill: number | readonly number[] | null
  readonly range: readonly [number, number]
  readonly salt: number
}

/** Of WGSL's log: 2^-21 near 1, else 3 ULP; of its cos: 2^-11. */
const NORMAL_ERROR = 2 ** -10

/** Exact outside of the rectangle and for a fill; noise to what WGSL promises of logarithms and cosines. */
export function eraseReference([x, numbers, seed]: Inputs, { fill, range, salt }: EraseAttrs): Reference {
  const [, H, W] = x!.shape as readonly [number, number, number, number]
  const [low, high] = range
  const mask = 0xffffffffn
  const key = pcg((BigInt(seed!.data[0]!) + pcg(BigInt(salt))) & mask)
  const uniform = (i: number) => Number(pcg((pcg(BigInt(i)) + key) & mask) >> 8n) / 2 ** 24
  const clip = (v: number) => Math.min(Math.max(v, low), high)
  return build(x!.shape, (i) => {
    const [n, h, w, c] = coordinates(i, x!.shape) as [number, number, number, number]
    const [areaX, areaY, u, v, probability, threshold] = Array.from({ length: 6 }, (_, d) => numbers!.data[6 * n + d]!) as [
      number, number, number, number, number, number,
    ] // prettier-ignore
    const within = (place: number, size: number, area: number, at: number) => {
      const extent = Math.sqrt(area) * size
      const begin = at * (size - extent)
      return place >= begin && place < begin + extent
    }
    if (!(threshold < probability && within(w, W, areaX, u) && within(h, H, areaY, v))) return [x!.data[i]!, 0]
    if (fill !== null) return [clip(typeof fill === 'number' ? fill : fill[c]!), 0]
    const r = Math.sqrt(-2 * Math.log(1 - uniform(2 * i)))
    const y = r * Math.cos(2 * Math.PI * (uniform(2 * i + 1) - 0.5)) * high
    return [clip(y), NORMAL_ERROR * high * (1 + r)]
  })
}

/** A blend: two products and a sum. */
export function mixRowsReference([x, order, numbers]: Inputs, { kind }: { kind: string }): Reference {
  const [N, , W = 1, C = 1] = x!.shape as readonly [number, number?, number?, number?]
  const D = x!.data.length / N
  return build(x!.shape, (i) => {
    const n = Math.floor(i / D)
    const r = i % D
    const [weight, left, right, top, bottom] = Array.from({ length: 5 }, (_, d) => numbers!.data[5 * n + d]!) as [
      number, number, number, number, number,
    ] // prettier-ignore
    const [own, other] = [x!.data[i]!, x!.data[order!.data[n]! * D + r]!]
    if (kind === 'blend') {
      const [a, b] = [weight * own, (1 - weight) * other]
      return [a + b, ulpBound(2, a) + ulpBound(3, b)]
    }
    const [h, w] = [Math.floor(r / C / W), Math.floor(r / C) % W]
    return [h >= top && h < bottom && w >= left && w < right ? other : own, 0]
  })
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
