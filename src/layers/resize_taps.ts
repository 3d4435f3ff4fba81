/**
 * Which pixels make each pixel of a resized axis, and how much each counts. The weights are those of JAX's image.resize, which Keras 3 calls
 * (jax/_src/image/scale.py, compute_weight_mat), here in f64; `area` is TensorFlow's (resize_area_op.cc).
 */
import { ShapeError } from '../errors.ts'
import type { Numbers } from './constants.ts'

/** Filters of distances from the centre, in pixels; beyond `radius` they are 0. */
interface Filter {
  readonly radius: number
  readonly weight: (distance: number) => number
}

const lanczos = (radius: number): Filter => ({
  radius,
  weight: (d) => (d > 1e-3 ? (radius * Math.sin(Math.PI * d) * Math.sin((Math.PI * d) / radius)) / (Math.PI * d) ** 2 : 1),
})

/** Keys's, with a = -0.5. */
const cubic = (d: number) => (d < 1 ? (1.5 * d - 2.5) * d * d + 1 : ((-0.5 * d + 2.5) * d - 4) * d + 2)

const FILTERS = {
  bilinear: { radius: 1, weight: (d: number) => 1 - d },
  bicubic: { radius: 2, weight: cubic },
  lanczos3: lanczos(3),
  lanczos5: lanczos(5),
} satisfies Record<string, Filter>

/** Interpolations that are rows of weights. */
export type Filtering = keyof typeof FILTERS | 'area'

/** Weights of the pixels around one of the result, before they are made to sum to 1: `weights[i]` is of pixel `first + i`. */
interface Row {
  readonly first: number
  readonly weights: readonly number[]
}

/** The pixels from `from` to `to`, inclusive, of those that there are. */
function row(size: number, from: number, to: number, weight: (pixel: number) => number): Row {
  const first = Math.max(0, Math.min(size - 1, Math.ceil(from)))
  const last = Math.max(first, Math.min(size - 1, Math.floor(to)))
  return { first, weights: Array.from({ length: last - first + 1 }, (_, i) => weight(first + i)) }
}

/** By the lengths that the pixels, and the one of the result, have in common. */
function areaRow(size: number, target: number, i: number): Row {
  const [begin, end] = [(i * size) / target, ((i + 1) * size) / target]
  return row(size, Math.floor(begin), Math.ceil(end) - 1, (pixel) => Math.min(end, pixel + 1) - Math.max(begin, pixel))
}

function filterRow({ radius, weight }: Filter, size: number, target: number, i: number, antialias: boolean): Row {
  const wide = antialias ? Math.max(size / target, 1) : 1 // where pixels become fewer, all of them count
  const centre = ((i + 0.5) * size) / target - 0.5
  const at = (pixel: number) => Math.abs(pixel - centre) / wide
  return row(size, centre - radius * wide, centre + radius * wide, (pixel) => (at(pixel) < radius ? weight(at(pixel)) : 0))
}

/** Numbers for one axis, at most: 64 MiB. A file may say any size; 16,384 pixels to 1,024 with `lanczos5` and antialias are 170,000. */
const MOST = 2 ** 24

/** How many taps a row has at most. */
function longest(size: number, target: number, filtering: Filtering, antialias: boolean): number {
  const wide = antialias || filtering === 'area' ? Math.max(size / target, 1) : 1
  const radius = filtering === 'area' ? 1 : FILTERS[filtering].radius
  return Math.min(size, Math.ceil(2 * radius * wide) + 1)
}

/**
 * The taps of `resizeAxis`, [target,1+S]: the first pixel of each row, and the weights from there on.
 * @param antialias whether the filter is as wide as the pixels of the result are
 * @throws ShapeError for more than would be of use
 */
export function tapsOf(size: number, target: number, filtering: Filtering, antialias: boolean, layer = 'resizeAxis'): Numbers {
  if (target * (1 + longest(size, target, filtering, antialias)) > MOST)
    throw new ShapeError(layer, `a side must be resized by at most ${MOST} weights, got ${size} pixels to ${target} by ${filtering}`)
  const rowOf = (i: number) => (filtering === 'area' ? areaRow(size, target, i) : filterRow(FILTERS[filtering], size, target, i, antialias))
  const rows = Array.from({ length: target }, (_, i) => rowOf(i))
  const count = rows.reduce((most, { weights }) => Math.max(most, weights.length), 1)
  const data = rows.flatMap(({ first, weights }) => {
    const sum = weights.reduce((a, b) => a + b, 0)
    const start = Math.min(first, size - count)
    return [start, ...Array.from({ length: count }, (_, s) => (weights[start + s - first] ?? 0) / sum)]
  })
  return { shape: [target, 1 + count], data }
}
