/** Oracles of the pools and of columnSum. */
import { build, sumBound, ulpBound, type Reference } from './reference.ts'
import { coordinates, DIVISION, pixel, type Inputs, type Values } from './values.ts'
import { slide, type Padding } from './window.ts'

interface PoolAttrs {
  readonly poolSize: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly padding: Padding
}

/** The value of all taps, and its bound. */
type Reduce = (taps: number[]) => readonly [number, number]

/** Reduces the pixels of each window that lie in the image. */
function windows(x: Values, { poolSize: [R, S], strides, padding }: PoolAttrs, f: Reduce): Reference {
  const [N, H, W, C] = x.shape as readonly [number, number, number, number]
  const { out: P, first: top } = slide(H, R, strides[0], padding, 0)
  const { out: Q, first: left } = slide(W, S, strides[1], padding, 1)
  const shape = [N, P, Q, C]
  return build(shape, (i) => {
    const [n, p, q, c] = coordinates(i, shape) as [number, number, number, number]
    const taps: number[] = []
    for (let r = 0; r < R; r++) {
      for (let s = 0; s < S; s++) {
        const v = pixel(x, n, top + p * strides[0] + r, left + q * strides[1] + s, c)
        if (v !== undefined) taps.push(v)
      }
    }
    return f(taps)
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

export function avgPoolReference([x]: Inputs, attrs: PoolAttrs): Reference {
  return windows(x!, attrs, mean)
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
