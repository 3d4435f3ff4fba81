/** Oracles of batch normalisation in training, from its definition (Ioffe and Szegedy 2015, algorithm 1). */
import { batchNormReference } from './elementwise.ts'
import { build, EPS, FTZ, sumBound, ulpBound, type Reference } from './reference.ts'
import { CONSTANT, DIVISION, INVERSE_SQRT, type Inputs, type Values } from './values.ts'

interface Attrs {
  readonly rows?: number
  readonly of?: { readonly rows: number; readonly total: number }
}

/**
 * Means and variances of `rows` rows each. Whatever the mean, an f32 result may be off by roundings of how far the rows lie apart, and by one of
 * the mean itself: differences from any of the rows lose nothing. In stages the means of the parts are rounded too.
 */
export function momentsReference([x]: Inputs, { rows, of }: Attrs, stages = 1): Reference {
  const C = x!.shape.at(-1)!
  const step = of ? 2 * C : C
  const N = x!.data.length / step
  const each = rows ?? N
  const shape = rows === undefined ? [2, C] : [Math.ceil(N / rows), 2, C]
  return build(shape, (i) => {
    const first = Math.floor(i / (2 * C)) * each
    const all = Array.from({ length: Math.min(each, N - first) }, (_, r) => first + r)
    const counts = (r: number) => (of ? Math.min(of.rows, of.total - r * of.rows) : 1)
    const value = (r: number) => x!.data[r * step + (i % C)]!
    const inner = (r: number) => (of ? x!.data[r * step + C + (i % C)]! : 0)
    const n = all.reduce((sum, r) => sum + counts(r), 0)
    const meanOf = (f: (r: number) => number) => all.reduce((sum, r) => sum + counts(r) * f(r), 0) / n
    const mean = meanOf(value)
    const spread = (from: number) => meanOf((r) => inner(r) + (value(r) - from) ** 2)
    const far = meanOf((r) => Math.abs(value(r) - value(first)))
    const roundings = (all.length + 16) * EPS
    if (Math.floor(i / C) % 2 === 0) return [mean, ulpBound(1, mean) + roundings * far]
    const ofParts = (stages - 1) * 2 * EPS * Math.abs(mean) * Math.sqrt(spread(mean))
    return [spread(mean), roundings * (spread(mean) + spread(value(first))) + ofParts + FTZ]
  })
}

/** The moments of x, rounded. */
export function momentsOf(x: Values): { shape: number[]; data: Float32Array<ArrayBuffer> } {
  return { shape: [2, x.shape.at(-1)!], data: Float32Array.from(momentsReference([x], {}).y) }
}

/** Means or variances of moments [2,C]. */
function rowOf({ shape, data }: Values, row: 0 | 1): Values {
  const C = shape[1]!
  return { shape: [C], data: Array.from({ length: C }, (_, c) => data[row * C + c]!) }
}

/** y by the moments that are given. */
export function batchNormTrainReference([x, gamma, beta, moments]: Inputs, attrs: { epsilon: number }): Reference {
  return batchNormReference([x, gamma, beta, rowOf(moments!, 0), rowOf(moments!, 1)], attrs)
}

/** y by the moments of x, whatever is given: what is differentiated. */
export function normalisedReference([x, gamma, beta]: Inputs, attrs: { epsilon: number }): Reference {
  const { y, shape } = momentsReference([x], {})
  return batchNormTrainReference([x, gamma, beta, { shape, data: y }], attrs)
}

/** Roundings of (x - mean) / sqrt(variance + epsilon). */
const XHAT_ERROR = 1 + (1 + CONSTANT) / 2 + INVERSE_SQRT + 1

/** Sums of dy * xhat and of dy, of `rows` rows each. */
export function batchNormTrainGradWReference([x, dy, moments]: Inputs, { epsilon, rows }: { epsilon: number; rows?: number }): Reference {
  const C = x!.shape.at(-1)!
  const N = x!.data.length / C
  const each = rows ?? N
  return build(rows === undefined ? [2, C] : [Math.ceil(N / each), 2, C], (i) => {
    const c = i % C
    const first = Math.floor(i / (2 * C)) * each
    const scale = 1 / Math.sqrt(moments!.data[C + c]! + epsilon)
    let [sum, absSum] = [0, 0]
    for (let r = first; r < Math.min(N, first + each); r++) {
      const d = dy!.data[r * C + c]!
      const term = Math.floor(i / C) % 2 ? d : d * (x!.data[r * C + c]! - moments!.data[c]!) * scale
      sum += term
      absSum += Math.abs(term)
    }
    return [sum, sumBound(Math.min(each, N) + XHAT_ERROR, absSum)]
  })
}

/** dx by the moments and sums that are given. */
export function batchNormTrainGradXReference([x, gamma, moments, dy, dw]: Inputs, { epsilon }: { epsilon: number }): Reference {
  const C = x!.shape.at(-1)!
  const M = x!.data.length / C
  return build(x!.shape, (i) => {
    const c = i % C
    const s = 1 / Math.sqrt(moments!.data[C + c]! + epsilon)
    const scale = s * (gamma?.data[c] ?? 1)
    const terms = [dy!.data[i]!, dw!.data[C + c]! / M, (x!.data[i]! - moments!.data[c]!) * s * (dw!.data[c]! / M)]
    const bound = terms.reduce((sum, t) => sum + Math.abs(t * scale), 0)
    return [(terms[0]! - terms[1]! - terms[2]!) * scale, ulpBound(2 * XHAT_ERROR + DIVISION + 4, bound)]
  })
}

/** state * momentum + moments * (1 - momentum), for the mean and the variance. */
export function moveStatisticsReference([moments]: Inputs, state: readonly Values[], momentum: number): Reference[] {
  return state.map(({ data, shape }, row) =>
    build(shape, (c) => {
      const [a, b] = [data[c]! * momentum, moments!.data[row * shape[0]! + c]! * (1 - momentum)]
      return [a + b, ulpBound(1 + CONSTANT, a) + ulpBound(1 + CONSTANT, b) + ulpBound(1, a + b)]
    }),
  )
}
