/** Oracles of draws, erase and mixRows. */
import { pcg } from './elementwise.ts'
import { build, EPS, ulpBound, type Reference } from './reference.ts'
import { coordinates, type Inputs } from './values.ts'

interface DrawsAttrs {
  readonly rows: number
  readonly salt: number
  readonly ranges: readonly (readonly [number, number])[]
}

/** low + u * (high - low), u the upper 24 bits of a hash. */
export function drawsReference([seed]: Inputs, { rows, salt, ranges }: DrawsAttrs): Reference {
  const mask = 0xffffffffn
  const key = pcg((BigInt(seed!.data[0]!) + pcg(BigInt(salt))) & mask)
  const before = seed!.data[1]! * ranges.length
  return build([rows, ranges.length], (i) => {
    const u = Number(pcg((pcg(BigInt(before + i)) + key) & mask) >> 8n) / 2 ** 24
    const [low, high] = ranges[i % ranges.length]!
    return [low + u * (high - low), EPS * (Math.abs(low) + 2 * Math.abs(high - low))]
  })
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
  const before = (seed!.data[1]! * x!.data.length) / x!.shape[0]!
  const uniform = (i: number) => Number(pcg((pcg(BigInt(2 * before + i)) + key) & mask) >> 8n) / 2 ** 24
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
