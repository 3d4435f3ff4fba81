/** Oracles of the losses whose terms depend on the whole row, with how far f32 may be off (keras/src/losses/losses.py). */
import type { RowLossAttrs } from '../../src/kernels/row_loss/attrs.ts'
import { clip, HIGH, log, LOW, power } from './pointwise_loss.ts'
import { build, EPS, sumBound, ulpBound, type Reference } from './reference.ts'
import { DIVISION, SQRT, type Inputs, type Values } from './values.ts'

function row({ shape, data }: Values, n: number): number[] {
  return Array.from({ length: shape[1]! }, (_, k) => data[n * shape[1]! + k]!)
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
const absSum = (values: readonly number[]) => values.reduce((a, b) => a + Math.abs(b), 0)

/** Of positive probabilities: relative error of their sum, and of a share of it. */
const sumError = (K: number) => (K + 4) * EPS
const shareError = (K: number) => sumError(K) + (DIVISION + 1) * EPS

interface Term {
  readonly v: number
  readonly error: number
}

const total = (terms: readonly Term[], more = 0): Term => {
  const values = terms.map(({ v }) => v)
  return { v: sum(values), error: sum(terms.map(({ error }) => error)) + sumBound(values.length, absSum(values)) + more }
}

/** Terms of the cross-entropy, of shares of the row's sum. */
function categoricalTerms(y: readonly number[], t: readonly number[], { alpha, gamma, labelSmoothing }: RowLossAttrs): Term[] {
  const all = sum(y)
  return y.map((p, k) => {
    const goal = t[k]! * (1 - labelSmoothing) + labelSmoothing / y.length
    const o = clip(p / all, LOW, HIGH)
    const relative = shareError(y.length)
    const [l, lError] = log(o, relative)
    const [m, mError] = power(1 - o, gamma, EPS + (relative * o) / (1 - o))
    const v = -goal * alpha * m * l
    return { v, error: Math.abs(goal * alpha) * (m * lError + Math.abs(l) * mError) + 8 * EPS * Math.abs(v) }
  })
}

/** Slopes of those by the shares. */
function categoricalSlopes(y: readonly number[], t: readonly number[], { alpha, gamma, labelSmoothing }: RowLossAttrs): Term[] {
  const all = sum(y)
  return y.map((p, k) => {
    const share = p / all
    if (share < LOW || share > HIGH) return { v: 0, error: 0 }
    const goal = t[k]! * (1 - labelSmoothing) + labelSmoothing / y.length
    const relative = shareError(y.length)
    const miss = EPS + (relative * share) / (1 - share)
    const [l, lError] = log(share, relative)
    const [a, aError] = power(1 - share, gamma, miss)
    const [b, bError] = gamma ? power(1 - share, gamma - 1, miss) : [0, 0]
    const parts = [a / share, gamma * b * l]
    const error = aError / share + (relative + (DIVISION + 1) * EPS) * Math.abs(parts[0]!) + gamma * (bError * Math.abs(l) + b * lError)
    const v = -goal * alpha * (parts[0]! - parts[1]!)
    return { v, error: Math.abs(goal * alpha) * (error + 4 * EPS * absSum(parts)) + 6 * EPS * Math.abs(v) }
  })
}

interface Angle {
  readonly dot: Term
  readonly y: number
  readonly t: number
  /** Relative, of y * t. */
  readonly error: number
}

function angleOf(y: readonly number[], t: readonly number[]): Angle {
  const lengths = [y, t].map((x) => Math.max(Math.sqrt(sum(x.map((v) => v * v))), LOW))
  const dot = total(y.map((v, k) => ({ v: v * t[k]!, error: 0 })))
  return { dot, y: lengths[0]!, t: lengths[1]!, error: (2 * SQRT + y.length + 6) * EPS }
}

function rowValue(y: readonly number[], t: readonly number[], attrs: RowLossAttrs): Term {
  if (attrs.kind === 'categorical') return total(categoricalTerms(y, t, attrs))
  if (attrs.kind === 'cosine') {
    const { dot, error, ...lengths } = angleOf(y, t)
    const v = -dot.v / (lengths.y * lengths.t)
    return { v, error: dot.error / (lengths.y * lengths.t) + Math.abs(v) * (error + DIVISION * EPS) }
  }
  const hit = total(y.map((v, k) => ({ v: v * t[k]!, error: 0 })))
  const other = Math.max(...y.map((v, k) => (1 - t[k]!) * v))
  const v = Math.max(other - hit.v + 1, 0)
  return { v, error: v ? hit.error + EPS * (4 * Math.abs(other) + 2 * Math.abs(hit.v) + v + 1) : 0 }
}

const finite = (values: readonly number[]) => values.every(Number.isFinite)

export function rowLossReference([y, t]: Inputs, attrs: RowLossAttrs): Reference {
  return build([y!.shape[0]!], (n) => {
    const [p, goals] = [row(y!, n), row(t!, n)]
    if (!finite(p) || !finite(goals)) return [NaN, 0]
    const { v, error } = rowValue(p, goals, attrs)
    return [v, error + ulpBound(1, v)]
  })
}

function rowSlopes(y: readonly number[], t: readonly number[], attrs: RowLossAttrs): Term[] {
  if (attrs.kind === 'categorical') {
    const slopes = categoricalSlopes(y, t, attrs)
    const all = sum(y)
    const weighed = total(slopes.map(({ v, error }, k) => ({ v: v * y[k]!, error: error * y[k]! })))
    return slopes.map(({ v, error }) => {
      const d = (v - weighed.v / all) / all
      const inner = error + weighed.error / all + (Math.abs(weighed.v) / all) * shareError(y.length)
      return { v: d, error: inner / all + Math.abs(d) * (shareError(y.length) + DIVISION * EPS) }
    })
  }
  if (attrs.kind === 'cosine') {
    const { dot, error, ...lengths } = angleOf(y, t)
    const turn = lengths.y === LOW ? 0 : dot.v / lengths.y ** 2
    const turnError = lengths.y === LOW ? 0 : dot.error / lengths.y ** 2 + Math.abs(turn) * (error + (DIVISION + 2) * EPS)
    return y.map((p, k) => {
      const v = (p * turn - t[k]!) / (lengths.y * lengths.t)
      const inner = Math.abs(p) * turnError + EPS * (2 * Math.abs(p * turn) + Math.abs(t[k]!))
      return { v, error: inner / (lengths.y * lengths.t) + Math.abs(v) * (error + (DIVISION + 2) * EPS) }
    })
  }
  const others = y.map((v, k) => Math.fround(Math.fround(1 - t[k]!) * v))
  const most = Math.max(...others)
  const shared = others.filter((v) => v === most).length
  const active = rowValue(y, t, attrs).v > 0
  return others.map((other, k) => {
    const v = active ? (other === most ? (1 - t[k]!) / shared : 0) - t[k]! : 0
    return { v, error: 6 * EPS }
  })
}

/** dx = dy * the slopes; 0 where dy is 0. */
export function rowLossGradReference([y, t, dy]: Inputs, attrs: RowLossAttrs): Reference {
  const [N, K] = y!.shape as readonly [number, number]
  const slopes = Array.from({ length: N }, (_, n) => {
    const [p, goals] = [row(y!, n), row(t!, n)]
    return finite(p) && finite(goals) ? rowSlopes(p, goals, attrs) : undefined
  })
  return build(y!.shape, (i) => {
    const factor = dy!.data[Math.floor(i / K)]!
    if (factor === 0) return [0, 0]
    const slope = slopes[Math.floor(i / K)]?.[i % K]
    if (!slope) return [NaN, 0]
    return [factor * slope.v, Math.abs(factor) * slope.error + ulpBound(2, factor * slope.v)]
  })
}
