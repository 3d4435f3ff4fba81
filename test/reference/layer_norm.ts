/** Oracles of normalisation within samples, from its definitions (Ba et al. 2016; Wu and He 2018). */
import { build, EPS, FTZ, sumBound, ulpBound, type Reference } from './reference.ts'
import { CONSTANT, coordinates, DIVISION, INVERSE_SQRT, type Inputs, type Shape, type Values } from './values.ts'

interface Rows {
  readonly axes?: readonly number[]
  readonly groups?: number
}

interface Attrs extends Rows {
  readonly kind: 'standard' | 'deviation' | 'unit'
  readonly epsilon: number
}

const count = (shape: Shape) => shape.reduce((n, d) => n * d, 1)
const index = (at: readonly number[], shape: Shape) => at.reduce((i, c, axis) => i * shape[axis]! + c, 0)

/** Which row an element is in, and which weight it has. */
function placeOf(i: number, shape: Shape, { axes, groups }: Rows): { row: number; weight: number } {
  const at = coordinates(i, shape)
  const C = shape.at(-1)!
  if (groups) return { row: at[0]! * groups + Math.floor(at.at(-1)! / (C / groups)), weight: at.at(-1)! }
  const pick = (over: boolean) => {
    const some = shape.map((_, axis) => axis).filter((axis) => axes!.includes(axis) === over)
    return index(
      some.map((axis) => at[axis]!),
      some.map((axis) => shape[axis]!),
    )
  }
  return { row: pick(false), weight: pick(true) }
}

/** The elements of each row, in order. */
export function rowsOf(shape: Shape, rows: Rows): number[][] {
  const all: number[][] = []
  for (let i = 0; i < count(shape); i++) (all[placeOf(i, shape, rows).row] ??= []).push(i)
  return all
}

/** Pairs of rows, or of parts of them. */
function pairs(
  shape: Shape,
  attrs: Rows & { readonly each?: number },
  f: (part: readonly number[], row: number) => Reference[],
): Reference {
  const all = rowsOf(shape, attrs)
  const n = all[0]!.length
  const { each = n } = attrs
  const parts = Math.ceil(n / each)
  const made = Array.from({ length: parts }, (_, p) => all.map((row, i) => f(row.slice(p * each, (p + 1) * each), i)))
  return build([...(attrs.each === undefined ? [] : [parts]), 2, all.length], (i) => {
    const [p, half, row] = [Math.floor(i / (2 * all.length)), Math.floor(i / all.length) % 2, i % all.length]
    const { y, bound } = made[p]![row]![half]!
    return [y[0]!, bound[0]!]
  })
}

const one = (y: number, bound: number): Reference => build([1], () => [y, bound])
const meanOf = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length

/** Differences are taken from a mean that is itself off by the roundings of a sum; what they are squared for loses nothing by that but its square. */
export function layerNormMomentsReference([x]: Inputs, attrs: Rows & { readonly each?: number }): Reference {
  return pairs(x!.shape, attrs, (part) => {
    const values = part.map((i) => x!.data[i]!)
    const mean = meanOf(values)
    const variance = meanOf(values.map((v) => (v - mean) ** 2))
    const roundings = (values.length + 16) * EPS
    const middle = roundings * meanOf(values.map(Math.abs))
    const far = meanOf(values.map((v) => Math.abs(v - mean))) + middle
    return [one(mean, ulpBound(1, mean) + roundings * far), one(variance, roundings * (variance + far ** 2) + FTZ)]
  })
}

/** The moments of x, rounded. */
export function layerMomentsOf(x: Values, rows: Rows): { shape: number[]; data: Float32Array<ArrayBuffer> } {
  const { shape, y } = layerNormMomentsReference([x], rows)
  return { shape: [...shape], data: Float32Array.from(y) }
}

/** What a row of n values is multiplied by, and whether the least of it is. */
function scaleOf(mean: number, variance: number, n: number, { kind, epsilon }: Attrs): { s: number; least: boolean } {
  const length = Math.sqrt((variance + mean ** 2) * n)
  if (kind === 'unit') return { s: 1 / Math.max(length, epsilon), least: length < epsilon }
  return { s: 1 / Math.sqrt(variance + epsilon), least: false }
}

/** Roundings of (x - mean) * s: the difference, mean^2, its sum with the variance, times n, plus epsilon, half of them, the root, the product. */
const XHAT_ERROR = 1 + (4 + 2 * CONSTANT) / 2 + INVERSE_SQRT + 1

interface Row {
  readonly mean: number
  readonly off: number
  readonly s: number
  readonly least: boolean
  readonly n: number
}

/** What the moments of each row come to. `off` is what is taken off. */
function rowFacts(x: Values, moments: Values, attrs: Attrs): (row: number) => Row {
  const all = rowsOf(x.shape, attrs)
  const n = all[0]!.length
  return (row) => {
    const [mean, variance] = [moments.data[row]!, moments.data[all.length + row]!]
    return { mean, off: attrs.kind === 'standard' ? mean : 0, n, ...scaleOf(mean, variance, n, attrs) }
  }
}

/** y by the moments that are given. */
export function layerNormReference([x, gamma, beta, moments]: Inputs, attrs: Attrs): Reference {
  const facts = rowFacts(x!, moments!, attrs)
  return build(x!.shape, (i) => {
    const { row, weight } = placeOf(i, x!.shape, attrs)
    const { off, s } = facts(row)
    const product = (x!.data[i]! - off) * s * (gamma?.data[weight] ?? 1)
    const y = product + (beta?.data[weight] ?? 0)
    return [y, ulpBound(XHAT_ERROR + 2, product) + ulpBound(1, y)]
  })
}

/** y by the moments of x, whatever is given: what is differentiated. */
export function layerNormalisedReference([x, gamma, beta]: Inputs, attrs: Attrs): Reference {
  const { y, shape } = layerNormMomentsReference([x], attrs)
  return layerNormReference([x, gamma, beta, { shape, data: y }], attrs)
}

export function layerNormSumsReference(
  [x, gamma, moments, dy]: Inputs,
  attrs: Omit<Attrs, 'epsilon'> & { readonly each?: number },
): Reference {
  const facts = rowFacts(x!, moments!, { ...attrs, epsilon: 1 })
  return pairs(x!.shape, attrs, (part, row) => {
    const d = part.map((i) => dy!.data[i]! * (gamma?.data[placeOf(i, x!.shape, attrs).weight] ?? 1))
    const products = part.map((i, k) => d[k]! * (x!.data[i]! - facts(row).off))
    const sum = (terms: readonly number[]) =>
      one(
        terms.reduce((a, b) => a + b, 0),
        sumBound(terms.length + 3, meanOf(terms.map(Math.abs)) * terms.length),
      )
    return [sum(d), sum(products)]
  })
}

/** dx by the moments and sums that are given. */
export function layerNormGradXReference([x, gamma, moments, dy, sums]: Inputs, attrs: Attrs): Reference {
  const facts = rowFacts(x!, moments!, attrs)
  const rows = sums!.shape[1]!
  return build(x!.shape, (i) => {
    const { row, weight } = placeOf(i, x!.shape, attrs)
    const { mean, s, least, n } = facts(row)
    const [ones, products] = [sums!.data[row]!, sums!.data[rows + row]!]
    const far = attrs.kind === 'unit' ? x!.data[i]! : x!.data[i]! - mean
    const slope = least ? 0 : (s * s * products) / (attrs.kind === 'unit' ? 1 : n)
    const terms = [dy!.data[i]! * (gamma?.data[weight] ?? 1), attrs.kind === 'standard' ? -ones / n : 0, -far * slope].map((t) => t * s)
    const bound = terms.reduce((sum, t) => sum + Math.abs(t), 0)
    return [terms[0]! + terms[1]! + terms[2]!, ulpBound(3 * XHAT_ERROR + DIVISION + 6, bound)]
  })
}

/** Sums over lines with the same weights in the same columns: over samples, or over all axes but the last where there are groups. */
export function layerNormGradWReference([x, moments, dy]: Inputs, { rows, ...attrs }: Attrs & { readonly rows?: number }): Reference {
  const facts = rowFacts(x!, moments!, attrs)
  const { shape } = x!
  const columns = count(shape.slice(attrs.axes ? attrs.axes[0]! : -1))
  const lines = x!.data.length / columns
  const each = rows ?? lines
  return build([...(rows === undefined ? [] : [Math.ceil(lines / each)]), 2, columns], (i) => {
    const [first, half, c] = [Math.floor(i / (2 * columns)) * each, Math.floor(i / columns) % 2, i % columns]
    let [sum, absSum] = [0, 0]
    for (let line = first; line < Math.min(lines, first + each); line++) {
      const e = line * columns + c
      const { off, s } = facts(placeOf(e, shape, attrs).row)
      const term = half ? dy!.data[e]! : dy!.data[e]! * (x!.data[e]! - off) * s
      sum += term
      absSum += Math.abs(term)
    }
    return [sum, sumBound(Math.min(each, lines) + XHAT_ERROR, absSum)]
  })
}
