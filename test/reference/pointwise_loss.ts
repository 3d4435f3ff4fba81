/** Oracles of the losses of single values, with how far f32 may be off (keras/src/losses/losses.py). */
import type { PointwiseFunction } from '../../src/kernels/pointwise_loss/functions.ts'
import { build, EPS, sumBound, ulpBound, type Reference } from './reference.ts'
import { DIVISION, type Inputs } from './values.ts'

/** A value, and how far one in f32 may be off. */
type Bounded = readonly [v: number, error: number]

/** Keras's epsilon, and 1 less it, in f32. */
export const LOW = Math.fround(1e-7)
export const HIGH = Math.fround(1 - 1e-7)

export const clip = (v: number, low: number, high: number) => Math.min(Math.max(v, low), high)

/** log of what has a relative error: 3 ULP, or 2^-21 absolute for arguments in [0.5, 2]. */
export function log(v: number, relative = 0): Bounded {
  const y = Math.log(v)
  return [y, (v >= 0.5 && v <= 2 ? 2 ** -21 : ulpBound(3, y)) + relative]
}

/** exp(v) - 1 for v <= 0: a series of six roundings near 0, else exp with 3 + 2 |v| ULP. */
function expm1(v: number): Bounded {
  return [Math.expm1(v), v > -0.125 ? 8 * EPS * Math.abs(v) : EPS * (Math.exp(v) * (4 + 2 * Math.abs(v)) + 1)]
}

/** Relative error of log1p's series: a division, products and sums. */
const LOG1P = (2 * DIVISION + 12) * EPS

function logOfNext(v: number): Bounded {
  return v < 1 ? [Math.log1p(v), LOG1P * Math.log1p(v)] : log(1 + v, EPS)
}

/** A power of what has a relative error: exp2(power * log2(v)). */
export function power(v: number, exponent: number, relative: number): Bounded {
  if (v === 0) return [exponent === 0 ? 1 : 0, 0]
  const [l, lError] = log(v)
  const exact = v ** exponent
  const inner = Math.abs(exponent) * (lError / Math.LN2 + EPS * Math.abs(l / Math.LN2)) * Math.LN2
  return [exact, Math.abs(exact) * (inner + EPS * (4 + 2 * Math.abs(exponent * l)) + Math.abs(exponent) * relative)]
}

function squaredLog(y: number, t: number): Bounded {
  const [a, b] = [logOfNext(Math.max(y, LOW)), logOfNext(Math.max(t, LOW))]
  return [a[0] - b[0], a[1] + b[1] + EPS * Math.abs(a[0] - b[0])]
}

function binary(y: number, goal: number): Bounded {
  const p = clip(y, LOW, HIGH)
  const [[yes, yesError], [no, noError]] = [log(p), log(1 - p, EPS)]
  const v = -(goal * yes + (1 - goal) * no)
  const terms = Math.abs(goal * yes) + Math.abs((1 - goal) * no)
  return [v, Math.abs(goal) * yesError + Math.abs(1 - goal) * noError + 5 * EPS * terms]
}

function binarySlope(y: number, goal: number): Bounded {
  if (y < LOW || y > HIGH) return [0, 0]
  const [no, yes] = [(1 - goal) / (1 - y), goal / y]
  return [no - yes, (DIVISION + 5) * EPS * (Math.abs(no) + Math.abs(yes))]
}

interface Focal {
  readonly weight: number
  readonly miss: number
  readonly gamma: number
  readonly goal: number
}

function focalOf(f: Extract<PointwiseFunction, { kind: 'focal' }>, y: number, goal: number): Focal {
  const weight = f.alpha === undefined ? 1 : goal * f.alpha + (1 - goal) * (1 - f.alpha)
  return { weight, goal, gamma: f.gamma, miss: goal * (1 - y) + (1 - goal) * y }
}

const product = (...factors: Bounded[]): Bounded =>
  factors.reduce(([a, e], [b, f]) => [a * b, Math.abs(a) * f + Math.abs(b) * e + e * f + EPS * Math.abs(a * b)])

const MISS = 5 * EPS

/** f(y, t). */
function valueOf(f: PointwiseFunction, y: number, t: number): Bounded {
  const d = y - t
  const exact = (v: number, roundings: number): Bounded => [v, roundings * EPS * Math.abs(v)]
  if (typeof f !== 'string') {
    if (f.kind === 'matching') return [(y > f.threshold ? 1 : 0) === t ? 1 : 0, 0]
    if (f.kind === 'huber') {
      const line = f.delta * Math.abs(d)
      return Math.abs(d) <= f.delta ? exact((d * d) / 2, 4) : [line - f.delta ** 2 / 2, EPS * (4 * line + 2 * f.delta ** 2)]
    }
    const goal = t * (1 - f.labelSmoothing) + f.labelSmoothing / 2
    if (f.kind === 'binaryOfScore') {
      const e = Math.exp(-Math.abs(y))
      const v = Math.max(y, 0) - y * goal + Math.log1p(e)
      return [v, EPS * (e * (4 + 2 * Math.abs(y)) + 4 * Math.abs(y * goal) + 3 * Math.max(y, 0) + 2 * Math.abs(v)) + LOG1P * Math.log1p(e)]
    }
    if (f.kind === 'binary') return binary(y, goal)
    if (f.kind !== 'focal') throw new Error(f.kind)
    const { weight, miss, gamma } = focalOf(f, y, goal)
    return product(exact(weight, 3), power(miss, gamma, MISS), binary(y, goal))
  }
  if (f === 'squared') return exact(d * d, 3)
  if (f === 'absolute') return exact(Math.abs(d), 1)
  if (f === 'relative') return exact(Math.abs(d) / Math.max(Math.abs(t), LOW), 1 + DIVISION)
  if (f === 'squaredLog') {
    const e = squaredLog(y, t)
    return product(e, e)
  }
  if (f === 'logCosh') {
    const [e, error] = expm1(-2 * Math.abs(d))
    const l = Math.log1p(e / 2)
    return [Math.abs(d) + l, error + (LOG1P + EPS) * Math.abs(l) + 4 * EPS * Math.abs(d)]
  }
  const sign = t || -1
  const gap = Math.max(1 - sign * y, 0)
  const gapError = gap ? EPS * (Math.abs(sign * y) + 2 * gap) : 0
  if (f === 'hinge') return [gap, gapError]
  if (f === 'squaredHinge') return product([gap, gapError], [gap, gapError])
  if (f === 'poisson') {
    const [l, error] = log(y + LOW, EPS)
    return [y - t * l, Math.abs(t) * error + EPS * (2 * Math.abs(t * l) + Math.abs(y))]
  }
  const goal = clip(t, LOW, 1)
  const [l, error] = log(goal / clip(y, LOW, 1), DIVISION * EPS)
  return [goal * l, goal * error + EPS * Math.abs(goal * l)]
}

/** The slope of f by y. */
function slopeOf(f: PointwiseFunction, y: number, t: number): Bounded {
  const d = y - t
  const exact = (v: number, roundings: number): Bounded => [v, roundings * EPS * Math.abs(v)]
  if (typeof f !== 'string') {
    if (f.kind === 'matching') throw new Error('matching has no slope')
    if (f.kind === 'huber') return exact(clip(d, -f.delta, f.delta), 1)
    const goal = t * (1 - f.labelSmoothing) + f.labelSmoothing / 2
    if (f.kind === 'binaryOfScore') {
      const e = Math.exp(-y)
      const s = 1 / (1 + e)
      const sError = y < -87 ? Math.exp(-87) : s * EPS * (DIVISION + 2 + ((4 + 2 * Math.abs(y)) * e) / (1 + e))
      return [s - goal, sError + EPS * (3 * Math.abs(goal) + Math.abs(s - goal))]
    }
    if (f.kind === 'binary') return binarySlope(y, goal)
    if (f.kind !== 'focal') throw new Error(f.kind)
    const { weight, miss, gamma } = focalOf(f, y, goal)
    const [a, aError] = product(exact(weight, 3), power(miss, gamma, MISS), binarySlope(y, goal))
    if (gamma === 0) return [a, aError]
    const turn: Bounded = [gamma * (1 - 2 * goal), 5 * EPS * gamma]
    const [b, bError] = product(exact(weight, 3), turn, power(miss, gamma - 1, MISS), binary(y, goal))
    return [a + b, aError + bError + EPS * Math.abs(a + b)]
  }
  if (f === 'squared') return exact(2 * d, 1)
  if (f === 'absolute') return [Math.sign(d), 0]
  if (f === 'relative') return exact(Math.sign(d) / Math.max(Math.abs(t), LOW), DIVISION)
  if (f === 'squaredLog') {
    if (y <= LOW) return [0, 0]
    const [e, error] = squaredLog(y, t)
    return [(2 * e) / (1 + y), (2 * error) / (1 + y) + (DIVISION + 2) * EPS * Math.abs((2 * e) / (1 + y))]
  }
  if (f === 'logCosh') {
    const [e, error] = expm1(-2 * Math.abs(d))
    const h = Math.abs(e / (e + 2))
    return [Math.tanh(d), (2 * error) / (e + 2) ** 2 + (DIVISION + 3) * EPS * h]
  }
  const sign = t || -1
  const gap = Math.max(1 - sign * y, 0)
  if (f === 'hinge') return [gap > 0 ? -sign : 0, 0]
  if (f === 'squaredHinge') return [-2 * sign * gap, gap ? EPS * Math.abs(2 * sign) * (Math.abs(sign * y) + 3 * gap) : 0]
  if (f === 'poisson') {
    const share = t / (y + LOW)
    return [1 - share, EPS * ((DIVISION + 2) * Math.abs(share) + Math.abs(1 - share))]
  }
  return y < LOW || y > 1 ? [0, 0] : exact(-clip(t, LOW, 1) / y, DIVISION)
}

interface Attrs {
  readonly f: PointwiseFunction
  readonly scale: number
}

export function pointwiseLossReference([y, t]: Inputs, { f, scale }: Attrs): Reference {
  const [N, M] = y!.shape as readonly [number, number]
  return build([N], (n) => {
    const at = Array.from({ length: M }, (_, m) => n * M + m)
    if (!at.every((i) => Number.isFinite(y!.data[i]!) && Number.isFinite(t!.data[i]!))) return [NaN, 0]
    const terms = at.map((i) => valueOf(f, y!.data[i]!, t!.data[i]!))
    const sum = terms.reduce((s, [v]) => s + v, 0)
    const error = terms.reduce((s, [, e]) => s + e, 0)
    const magnitude = terms.reduce((s, [v]) => s + Math.abs(v), 0)
    const exact = error === 0 && scale === 1 && terms.every(([v]) => Number.isInteger(v))
    return [scale * sum, exact ? 0 : Math.abs(scale) * (error + sumBound(M, magnitude)) + ulpBound(2, scale * sum)]
  })
}

/** dx = dy * scale * slope; 0 where dy is 0. */
export function pointwiseLossGradReference([y, t, dy]: Inputs, { f, scale }: Attrs): Reference {
  const M = y!.shape[1]!
  return build(y!.shape, (i) => {
    const factor = dy!.data[Math.floor(i / M)]! * scale
    if (factor === 0) return [0, 0]
    if (!Number.isFinite(y!.data[i]!) || !Number.isFinite(t!.data[i]!)) return [NaN, 0]
    const [slope, error] = slopeOf(f, y!.data[i]!, t!.data[i]!)
    return [factor * slope, Math.abs(factor) * error + ulpBound(4, factor * slope)]
  })
}
