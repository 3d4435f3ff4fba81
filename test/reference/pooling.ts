/** Oracles of the pools, of their gradients and of columnSum. */
import { build, sumBound, ulpBound, type Reference } from './reference.ts'
import { coordinates, DIVISION, pixel, type Inputs, type Shape, type Values } from './values.ts'
import { slide, type Padding } from './window.ts'

interface PoolAttrs {
  readonly poolSize: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly padding: Padding
}

/** The value of all taps, and its bound. */
type Reduce = (taps: number[]) => readonly [number, number]

/** A pixel of a window that lies in the image. */
interface Tap {
  /** Its number in the window, row by row. */
  readonly element: number
  readonly h: number
  readonly w: number
}

/** The windows of a pool over images of this shape: how many there are, and the taps of each in row-major order. */
function windowsOf([, H, W]: Shape, { poolSize: [R, S], strides, padding }: PoolAttrs) {
  const { out: P, first: top } = slide(H!, R, strides[0], padding, 0)
  const { out: Q, first: left } = slide(W!, S, strides[1], padding, 1)
  const taps = (p: number, q: number): Tap[] =>
    Array.from({ length: R * S }, (_, element) => {
      return { element, h: top + p * strides[0] + Math.floor(element / S), w: left + q * strides[1] + (element % S) }
    }).filter(({ h, w }) => h >= 0 && h < H! && w >= 0 && w < W!)
  return { P, Q, taps }
}

/** Reduces the pixels of each window that lie in the image. */
function windows(x: Values, attrs: PoolAttrs, f: Reduce): Reference {
  const { P, Q, taps } = windowsOf(x.shape, attrs)
  const shape = [x.shape[0]!, P, Q, x.shape[3]!]
  return build(shape, (i) => {
    const [n, p, q, c] = coordinates(i, shape) as [number, number, number, number]
    return f(taps(p, q).map(({ h, w }) => pixel(x, n, h, w, c)!))
  })
}

function mean(taps: readonly number[]): readonly [number, number] {
  const y = taps.reduce((a, b) => a + b, 0) / taps.length
  const absSum = taps.reduce((a, b) => a + Math.abs(b), 0)
  return [y, sumBound(taps.length, absSum) / taps.length + ulpBound(DIVISION, y)]
}

const max = (taps: readonly number[]) => [Math.max(...taps), 0] as const // NaN among them gives NaN

export function maxPoolReference([x]: Inputs, attrs: PoolAttrs): Reference {
  return windows(x!, attrs, max)
}

/** The tap that wins: the first NaN, else the first of the largest. */
function winner(x: Values, taps: readonly Tap[], n: number, c: number): Tap {
  const value = ({ h, w }: Tap) => pixel(x, n, h, w, c)!
  return taps.find((t) => Number.isNaN(value(t))) ?? taps.reduce((best, t) => (value(t) > value(best) ? t : best))
}

/** Byte 4 * k + j of a pixel is of channel k + j * CG, from the last channel on of the last. */
export function maxPoolArgmaxReference([x]: Inputs, attrs: PoolAttrs): Reference {
  const { P, Q, taps } = windowsOf(x!.shape, attrs)
  const C = x!.shape[3]!
  const CG = Math.ceil(C / 4)
  const shape = [x!.shape[0]!, P, Q, 4 * CG]
  return build(shape, (i) => {
    const [n, p, q, byte] = coordinates(i, shape) as [number, number, number, number]
    const c = Math.min(Math.floor(byte / 4) + (byte % 4) * CG, C - 1)
    return [winner(x!, taps(p, q), n, c).element, 0]
  })
}

/** The noted element of a window, from bytes that are four to a word. */
function noted({ data }: Values, C: number, window: number, c: number): number {
  const CG = Math.ceil(C / 4)
  return Math.floor(data[window * CG + (c % CG)]! / 256 ** Math.floor(c / CG)) % 256
}

export function maxPoolAtReference([x, argmax]: Inputs, attrs: PoolAttrs): Reference {
  const { P, Q, taps } = windowsOf(x!.shape, attrs)
  const C = x!.shape[3]!
  const shape = [x!.shape[0]!, P, Q, C]
  return build(shape, (i) => {
    const [n, p, q, c] = coordinates(i, shape) as [number, number, number, number]
    const element = noted(argmax!, C, (n * P + p) * Q + q, c)
    const { h, w } = taps(p, q).find((t) => t.element === element)!
    return [pixel(x!, n, h, w, c)!, 0]
  })
}

interface PoolGradAttrs extends PoolAttrs {
  readonly height: number
  readonly width: number
}

/** Adds to each pixel what windows give it. @param give a window's tap, with the share of dy that its pixel gets, 0 or more */
function scattered(dy: Values, attrs: PoolGradAttrs, give: (taps: Tap[], n: number, p: number, q: number, c: number) => [Tap, number][]) {
  const [N, , , C] = dy.shape as readonly [number, number, number, number]
  const shape = [N, attrs.height, attrs.width, C]
  const { P, Q, taps } = windowsOf(shape, attrs)
  const parts = new Map<number, number[]>()
  for (let i = 0; i < dy.data.length; i++) {
    const [n, p, q, c] = coordinates(i, [N, P, Q, C]) as [number, number, number, number]
    for (const [{ h, w }, share] of give(taps(p, q), n, p, q, c)) {
      const to = ((n * attrs.height + h) * attrs.width + w) * C + c
      parts.set(to, [...(parts.get(to) ?? []), dy.data[i]! * share])
    }
  }
  return { shape, parts }
}

/** One summand is copied. */
export function maxPoolGradReference([dy, argmax]: Inputs, attrs: PoolGradAttrs): Reference {
  const C = dy!.shape[3]!
  const [, P, Q] = dy!.shape as readonly [number, number, number]
  const { shape, parts } = scattered(dy!, attrs, (taps, n, p, q, c) => {
    const element = noted(argmax!, C, (n * P + p) * Q + q, c)
    return [[taps.find((t) => t.element === element)!, 1]]
  })
  return build(shape, (i) => sum(parts.get(i) ?? []))
}

function sum(terms: readonly number[]): readonly [number, number] {
  const absSum = terms.reduce((a, b) => a + Math.abs(b), 0)
  return [terms.reduce((a, b) => a + b, 0), terms.length > 1 ? sumBound(terms.length, absSum) : 0]
}

export function avgPoolReference([x]: Inputs, attrs: PoolAttrs): Reference {
  return windows(x!, attrs, mean)
}

export function avgPoolGradReference([dy]: Inputs, attrs: PoolGradAttrs): Reference {
  const { shape, parts } = scattered(dy!, attrs, (taps) => taps.map((t) => [t, 1 / taps.length]))
  return build(shape, (i) => {
    const [dx, bound] = sum(parts.get(i) ?? [])
    return [
      dx,
      bound +
        ulpBound(
          DIVISION,
          (parts.get(i) ?? []).reduce((a, b) => a + Math.abs(b), 0),
        ),
    ]
  })
}

/** Reduces all pixels of each channel. */
function channels(x: Values, f: Reduce): Reference {
  const [N, H, W, C] = x.shape as readonly [number, number, number, number]
  return build([N, C], (i) => {
    const n = Math.floor(i / C)
    return f(Array.from({ length: H * W }, (_, at) => x.data[(n * H * W + at) * C + (i % C)]!))
  })
}

export function globalAvgPoolReference([x]: Inputs): Reference {
  return channels(x!, mean)
}

export function globalMaxPoolReference([x]: Inputs): Reference {
  return channels(x!, max)
}

/** An equal share for each pixel that is the maximum; NaN for all where that is NaN. */
export function globalMaxPoolGradReference([x, y, dy]: Inputs): Reference {
  const [, H, W, C] = x!.shape as readonly [number, number, number, number]
  return build(x!.shape, (i) => {
    const channel = Math.floor(i / (H * W * C)) * C + (i % C)
    const best = y!.data[channel]!
    if (Number.isNaN(best)) return [NaN, 0]
    if (x!.data[i] !== best) return [0, 0]
    const first = Math.floor(i / (H * W * C)) * H * W * C + (i % C)
    const count = Array.from({ length: H * W }, (_, at) => x!.data[first + at * C]!).filter((v) => v === best).length
    const dx = dy!.data[channel]! / count
    return [dx, ulpBound(DIVISION, dx)]
  })
}

export function globalAvgPoolGradReference([dy]: Inputs, { height, width }: { height: number; width: number }): Reference {
  const [N, C] = dy!.shape as readonly [number, number]
  return build([N, height, width, C], (i) => {
    const n = Math.floor(i / (height * width * C))
    const dx = dy!.data[n * C + (i % C)]! / (height * width)
    return [dx, ulpBound(DIVISION, dx)]
  })
}

/** Sums of `rows` rows each; of all where there is no such number. */
export function columnSumReference([x]: Inputs, { rows }: { rows?: number } = {}): Reference {
  const K = x!.shape.at(-1)!
  const N = x!.data.length / K
  const each = rows ?? N
  return build(rows === undefined ? [K] : [Math.ceil(N / rows), K], (i) => {
    let sum = 0
    let absSum = 0
    for (let n = Math.floor(i / K) * each; n < Math.min(N, (Math.floor(i / K) + 1) * each); n++) {
      sum += x!.data[n * K + (i % K)]!
      absSum += Math.abs(x!.data[n * K + (i % K)]!)
    }
    return [sum, sumBound(each, absSum)]
  })
}
