/** Oracles of the ops that move values: unpack, gatherRows, storeRows, concat, slice, pad, transpose, resizeNearest, resizeBilinear, resizeAxis and their gradients. */
import { build, sumBound, ulpBound, type Reference } from './reference.ts'
import { coordinates, DIVISION, pixel, type Inputs, type Shape, type Values } from './values.ts'

/** x: bytes, four in a word, the first in its lowest bits. */
export function unpackReference([x]: Inputs): Reference {
  return build(x!.shape, (i) => [Math.floor(x!.data[Math.floor(i / 4)]! / 256 ** (i % 4)) % 256, 0])
}

/** Row i is row index[i] of x. */
export function gatherRowsReference([x, index]: Inputs): Reference {
  const [, ...row] = x!.shape
  const D = row.reduce((n, d) => n * d, 1)
  return build([index!.shape[0]!, ...row], (i) => [x!.data[index!.data[Math.floor(i / D)]! * D + (i % D)]!, 0])
}

/** What was there before, with the rows of x from number `begin` on. */
export function storeRowsReference([x, begin]: Inputs, before: Values): Reference {
  const [count, ...row] = before.shape as [number, ...number[]]
  const first = begin!.data[0]! * row.reduce((n, d) => n * d, 1)
  return build([count, ...row], (i) => [(i < first ? undefined : x!.data[i - first]) ?? before.data[i]!, 0])
}

export function concatReference(inputs: Inputs): Reference {
  const present = inputs.filter((x): x is Values => x !== undefined)
  const widths = present.map((x) => x.shape.at(-1)!)
  const C = widths.reduce((a, b) => a + b, 0)
  return build([...present[0]!.shape.slice(0, -1), C], (i) => {
    const row = Math.floor(i / C)
    let c = i % C
    let input = 0
    while (c >= widths[input]!) c -= widths[input++]!
    return [present[input]!.data[row * widths[input]! + c]!, 0]
  })
}

export function sliceReference([x]: Inputs, { begin, end }: { begin: number; end: number }): Reference {
  const [C, K] = [x!.shape.at(-1)!, end - begin]
  return build([...x!.shape.slice(0, -1), K], (i) => [x!.data[Math.floor(i / K) * C + begin + (i % K)]!, 0])
}

interface PadAttrs {
  readonly padding: readonly [top: number, left: number, bottom: number, right: number]
  readonly value?: number
}

export function padReference([x]: Inputs, { padding: [top, left, bottom, right], value = 0 }: PadAttrs): Reference {
  const [N, H, W, C] = x!.shape as readonly [number, number, number, number]
  const shape = [N, top + H + bottom, left + W + right, C]
  return build(shape, (i) => {
    const [n, p, q, c] = coordinates(i, shape) as [number, number, number, number]
    return [pixel(x!, n, p - top, q - left, c) ?? Math.fround(value), 0]
  })
}

export function transposeReference([x]: Inputs, { axes }: { axes: readonly number[] }): Reference {
  const shape = axes.map((a) => x!.shape[a]!)
  return build(shape, (i) => {
    const at = coordinates(i, shape)
    const from = x!.shape.reduce((index, d, axis) => index * d + at[axes.indexOf(axis)]!, 0)
    return [x!.data[from]!, 0]
  })
}

interface Strides {
  readonly begin: readonly number[]
  readonly step: readonly number[]
}

/** The element of the whole tensor that each of a slice is. */
function takenFrom(whole: Shape, size: Shape, { begin, step }: Strides): number[] {
  return Array.from({ length: size.reduce((n, d) => n * d, 1) }, (_, i) => {
    const at = coordinates(i, size)
    return whole.reduce((index, d, axis) => index * d + begin[axis]! + step[axis]! * at[axis]!, 0)
  })
}

export function stridedSliceReference([x]: Inputs, attrs: Strides & { readonly size: readonly number[] }): Reference {
  const taken = takenFrom(x!.shape, attrs.size, attrs)
  return build(attrs.size, (i) => [x!.data[taken[i]!]!, 0])
}

export function placeReference([x]: Inputs, attrs: Strides & { readonly shape: Shape; readonly value?: number }): Reference {
  const taken = takenFrom(attrs.shape, x!.shape, attrs)
  return build(attrs.shape, (i) => {
    const from = taken.indexOf(i)
    return [from < 0 ? Math.fround(attrs.value ?? 0) : x!.data[from]!, 0]
  })
}

export function resizeNearestReference([x]: Inputs, { height, width }: { height: number; width: number }): Reference {
  const [N, H, W, C] = x!.shape as readonly [number, number, number, number]
  const shape = [N, height, width, C]
  return build(shape, (i) => {
    const [n, p, q, c] = coordinates(i, shape) as [number, number, number, number]
    return [pixel(x!, n, Math.floor(((p + 0.5) * H) / height), Math.floor(((q + 0.5) * W) / width), c)!, 0]
  })
}

interface ResizeAttrs {
  readonly height: number
  readonly width: number
  readonly mode: 'halfPixel' | 'legacy' | 'corners'
}

/** The two source indices that an output index lies between, and how far it is from the first. */
function source(out: number, to: number, from: number, mode: ResizeAttrs['mode']): readonly [low: number, high: number, fraction: number] {
  const corners = to > 1 ? (out * (from - 1)) / (to - 1) : 0
  const at = mode === 'corners' ? corners : mode === 'legacy' ? (out * from) / to : Math.max(0, ((out + 0.5) * from) / to - 0.5)
  const low = Math.min(Math.floor(at), from - 1)
  return [low, Math.min(low + 1, from - 1), low === from - 1 ? 0 : at - low]
}

type Approximate = readonly [value: number, bound: number]

/** a + (b - a) * f: a difference, a product with a quotient f, a sum. */
function mix([a, boundA]: Approximate, [b, boundB]: Approximate, f: number): Approximate {
  const step = (b - a) * f
  return [a + step, boundA * (1 - f) + boundB * f + ulpBound(1 + DIVISION + 1, step) + ulpBound(1, a + step)]
}

export function resizeBilinearReference([x]: Inputs, { height, width, mode }: ResizeAttrs): Reference {
  const [N, H, W, C] = x!.shape as readonly [number, number, number, number]
  const shape = [N, height, width, C]
  return build(shape, (i) => {
    const [n, p, q, c] = coordinates(i, shape) as [number, number, number, number]
    const [h0, h1, fh] = source(p, height, H, mode)
    const [w0, w1, fw] = source(q, width, W, mode)
    const exact = (h: number, w: number): Approximate => [pixel(x!, n, h, w, c)!, 0]
    return mix(mix(exact(h0, w0), exact(h0, w1), fw), mix(exact(h1, w0), exact(h1, w1), fw), fh)
  })
}

interface Size {
  readonly height: number
  readonly width: number
}

/** One output pixel along an axis: the input pixels that it reads, and their weights. */
type Reads = (out: number, to: number, size: number) => readonly (readonly [index: number, weight: number])[]

/** Adds to each pixel of [N,height,width,C] what the output pixels that read it give it. @param factors roundings of a weight, in units of EPS */
function unread(dy: Values, { height, width }: Size, reads: Reads, factors: number): Reference {
  const [N, P, Q, C] = dy.shape as readonly [number, number, number, number]
  const shape = [N, height, width, C]
  const parts = new Map<number, number[]>()
  for (let i = 0; i < dy.data.length; i++) {
    const [n, p, q, c] = coordinates(i, dy.shape) as [number, number, number, number]
    for (const [h, rowWeight] of reads(p, P, height)) {
      for (const [w, weight] of reads(q, Q, width)) {
        const to = ((n * height + h) * width + w) * C + c
        parts.set(to, [...(parts.get(to) ?? []), dy.data[i]! * rowWeight * weight])
      }
    }
  }
  return build(shape, (i) => {
    const terms = parts.get(i) ?? []
    const absSum = terms.reduce((a, b) => a + Math.abs(b), 0)
    const rounding = terms.length > 1 ? sumBound(terms.length, absSum) : 0
    return [terms.reduce((a, b) => a + b, 0), rounding + (factors && ulpBound(factors, absSum))]
  })
}

export function resizeNearestGradReference([dy]: Inputs, size: Size): Reference {
  return unread(dy!, size, (out, to, from) => [[Math.floor(((out + 0.5) * from) / to), 1]], 0)
}

/** Two weights, each a quotient, and two products. */
export function resizeBilinearGradReference([dy]: Inputs, attrs: ResizeAttrs): Reference {
  const reads: Reads = (out, to, from) => {
    const [low, high, fraction] = source(out, to, from, attrs.mode)
    return [[low, 1 - fraction] as const, [high, fraction] as const].filter(([, weight]) => weight > 0)
  }
  return unread(dy!, attrs, reads, 2 * DIVISION + 2)
}

interface AxisSize {
  readonly axis: 1 | 2
}

/** Each element is the sum of neighbours along the axis times their weights; a row of taps is the first, and the weights. */
export function resizeAxisReference([x, taps]: Inputs, { axis }: AxisSize): Reference {
  const [T, stride] = taps!.shape as [number, number]
  const shape = x!.shape.map((d, i) => (i === axis ? T : d))
  return build(shape, (i) => {
    const at = coordinates(i, shape) as [number, number, number, number]
    const row = at[axis] * stride
    const terms = Array.from({ length: stride - 1 }, (_, s) => {
      at[axis] = taps!.data[row]! + s
      return taps!.data[row + 1 + s]! * pixel(x!, ...at)!
    })
    const absSum = terms.reduce((a, b) => a + Math.abs(b), 0)
    return [terms.reduce((a, b) => a + b, 0), sumBound(terms.length, absSum)]
  })
}

/** Each element is the sum of those that it was a neighbour of, times its weight there. */
export function resizeAxisGradReference([dy, taps]: Inputs, { axis, size }: AxisSize & { size: number }): Reference {
  const [T, stride] = taps!.shape as [number, number]
  const shape = dy!.shape.map((d, i) => (i === axis ? size : d))
  return build(shape, (i) => {
    const at = coordinates(i, shape) as [number, number, number, number]
    const mine = at[axis]
    const terms = Array.from({ length: T }, (_, t) => {
      const s = mine - taps!.data[t * stride]!
      at[axis] = t
      return s >= 0 && s < stride - 1 ? taps!.data[t * stride + 1 + s]! * pixel(dy!, ...at)! : 0
    })
    const absSum = terms.reduce((a, b) => a + Math.abs(b), 0)
    return [terms.reduce((a, b) => a + b, 0), sumBound(T, absSum)]
  })
}
