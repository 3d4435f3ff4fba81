/**
 * What the ops of normalisations within a sample share. Whatever is normalised over, a tensor is [A,B,G,K]: row (a, g), of which there are A * G,
 * has B lines of K values, G * K apart, and each row is normalised by its own moments.
 */
import { ShapeError } from '../../errors.ts'
import { ceilDiv, formatShape, sameShape, sizeOf, type Shape } from '../../shape.ts'
import { threadGroups } from '../common.ts'
import type { Sizes } from '../kernel.ts'
import type { ShaderOptions } from '../shader.ts'

/**
 * What is normalised over: these axes of x, ascending, the first not among them, which gamma and beta have; or all axes but the first, the last in so
 * many groups, and gamma and beta have the last.
 */
export type Rows =
  { readonly axes: readonly number[]; readonly groups?: undefined } | { readonly groups: number; readonly axes?: undefined }

/**
 * What a row is divided by, and whether its mean is taken off:
 * - `standard`: (x - mean) / sqrt(variance + epsilon) (Ba et al. 2016; Wu and He 2018);
 * - `deviation`: x / sqrt(variance + epsilon), Keras's deprecated `rms_scaling`;
 * - `unit`: x / max(sqrt(sum of x^2), epsilon).
 */
export type NormKind = 'standard' | 'deviation' | 'unit'

export type LayerNormAttrs = Rows & { readonly kind: NormKind; readonly epsilon: number }

export interface Geometry {
  readonly A: number
  readonly B: number
  readonly G: number
  readonly K: number
}

/** @throws ShapeError where x has no such axes or groups, or the axes are in more than two runs */
export function geometryOf(op: string, x: Shape, { axes, groups }: Rows): Geometry {
  if (groups !== undefined) {
    const C = x.at(-1) ?? 0
    if (x.length < 2 || !Number.isInteger(groups) || groups < 1 || C % groups)
      throw new ShapeError(op, `groups must divide the last axis of x, got ${groups} groups and x ${formatShape(x)}`)
    return { A: x[0]!, B: sizeOf(x.slice(1, -1)), G: groups, K: C / groups }
  }
  // From the last axis on: runs of axes that are normalised over and of axes that are not take turns.
  let end = x.length
  const run = (over: boolean) => {
    let size = 1
    for (; end > 0 && axes.includes(end - 1) === over; end--) size *= x[end - 1]!
    return size
  }
  const [K, kept] = [run(true), run(false)]
  const once = end === 0
  const [B, A] = once ? [1, kept] : [run(true), run(false)]
  if (end > 0 || !axes.length || axes.includes(0) || axes.some((a, i) => !Number.isInteger(a) || a >= x.length || a <= axes[i - 1]!)) {
    const rule = 'axes must be ascending, of x, not the first, and in two runs at most'
    throw new ShapeError(op, `${rule}, got axes ${formatShape(axes)} and x ${formatShape(x)}`)
  }
  return { A, B, G: once ? 1 : kept, K }
}

/** Shape of gamma and beta. */
export function weightShape(x: Shape, { axes }: Rows): Shape {
  return axes ? axes.map((a) => x[a]!) : x.slice(-1)
}

/** Shape of what has two values for each row. */
export function twoOfRows({ A, G }: Geometry): Shape {
  return [2, A * G]
}

/** @throws ShapeError unless an input that is there has the shape that it must have */
export function expectShape(op: string, name: string, shape: Shape | undefined, wanted: Shape): void {
  if (shape && !sameShape(shape, wanted)) throw new ShapeError(op, `${name} must be ${formatShape(wanted)}, got ${formatShape(shape)}`)
}

/** Values that a shader takes at a time. */
export function widthOf({ K }: Geometry): 1 | 4 {
  return K % 4 ? 1 : 4
}

/** The text for that many values at a time. */
export function widthOptions(width: 1 | 4): ShaderOptions {
  return width === 4 ? {} : { scalars: ['Vec'] }
}

/** What the moments of a row come to, for all shaders that normalise: of which kind the row is, as numbers. */
export function kindSizes({ kind, epsilon }: LayerNormAttrs, { B, K }: Geometry): Sizes {
  return kind === 'unit'
    ? { centred: 0, raw: 1, times: B * K, epsilon: 0, least: epsilon ** 2 }
    : { centred: kind === 'standard' ? 1 : 0, raw: 0, times: 1, epsilon, least: 0 }
}

/** Lines that one thread goes through: so many that its divisions by sizes count little. */
const LINES_PER_THREAD = 16

/**
 * x as lines that all have the same weights in the same columns, and how many of them share their rows; what the shaders are told that go along lines.
 * Columns are in vectors.
 */
export function lineSizes(geometry: Geometry, { axes }: Rows): Sizes & { readonly lines: number; readonly columns: number } {
  const { A, B, G, K } = geometry
  const width = widthOf(geometry)
  const [lines, columns, perSample] = axes ? [A, B * G * K, 1] : [A * B, G * K, B]
  return { lines, columns: columns / width, perSample, rows: A * G, G, K: K / width }
}

/** Workgroups where a thread has one column of some lines. */
export function lineGroups({ lines, columns }: { readonly lines: number; readonly columns: number }): number {
  return threadGroups(columns * ceilDiv(lines, LINES_PER_THREAD))
}
