/** Oracles of what moves pictures: affineMatrix, affineTransform and its transpose. */
import { build, EPS, sumBound, type Reference } from './reference.ts'
import { coordinates, pixel, type Inputs } from './values.ts'

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
