/** Oracles of softmax, its gradient, softmax cross-entropy, its gradient, and what metrics are made of. */
import { build, EPS, FTZ, sumBound, ulpBound, type Reference } from './reference.ts'
import { DIVISION, expError, type Inputs, type Values } from './values.ts'

function row({ shape, data }: Values, n: number): number[] {
  return Array.from({ length: shape[1]! }, (_, k) => data[n * shape[1]! + k]!)
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
const absSum = (values: readonly number[]) => values.reduce((a, b) => a + Math.abs(b), 0)

interface Softmax {
  /** max - x, so 0 or more. */
  readonly below: number[]
  readonly p: number[]
  /** Relative error of each p, and of the sum of exponentials. */
  readonly pError: number[]
  readonly sumError: number
  /** log of the sum of exp(x - max). */
  readonly log: number
}

/** NaN throughout where there is no softmax: Inf - Inf or NaN anywhere makes the sum NaN. */
function softmaxOf(x: readonly number[]): Softmax {
  const best = Math.max(...x)
  const below = x.map((v) => best - v)
  const e = below.map((d) => Math.exp(-d))
  const total = sum(e)
  // An exponential of 0 has no error to speak of, and Infinity times 0 none at all.
  const errors = below.map((d) => (d > 200 ? 0 : expError(d)))
  const sumError = EPS * (sum(e.map((v, k) => (v * errors[k]!) / total)) + x.length + 4)
  return { below, p: e.map((v) => v / total), pError: errors.map((r) => EPS * (r + DIVISION) + sumError), sumError, log: Math.log(total) }
}

export function softmaxReference([x]: Inputs): Reference {
  const K = x!.shape[1]!
  const rows = Array.from({ length: x!.shape[0]! }, (_, n) => softmaxOf(row(x!, n)))
  return build(x!.shape, (i) => {
    const { p, pError } = rows[Math.floor(i / K)]!
    return [p[i % K]!, p[i % K]! * pError[i % K]! + FTZ]
  })
}

/** dx = y * (dy - sum of y * dy). */
export function softmaxGradReference([y, dy]: Inputs): Reference {
  const K = y!.shape[1]!
  const dots = Array.from({ length: y!.shape[0]! }, (_, n) => row(y!, n).map((v, k) => v * dy!.data[n * K + k]!))
  return build(y!.shape, (i) => {
    const terms = dots[Math.floor(i / K)]!
    const difference = dy!.data[i]! - sum(terms)
    const dx = y!.data[i]! * difference
    return [dx, Math.abs(y!.data[i]!) * (sumBound(K, absSum(terms)) + ulpBound(1, difference)) + ulpBound(1, dx)]
  })
}

/** log: 3 ULP, or 2^-21 absolute for arguments in [0.5, 2]; these are 1 or more. */
function logBound(log: number): number {
  return Math.exp(log) <= 2 ? 2 ** -21 : ulpBound(3, log)
}

/** -sum of t * log softmax(x); nothing from terms with t = 0. */
export function softmaxCrossEntropyReference([x, t]: Inputs): Reference {
  const [N, K] = x!.shape as readonly [number, number]
  return build([N], (n) => {
    const goals = row(t!, n)
    const { below, sumError, log } = softmaxOf(row(x!, n))
    const terms = goals.map((g, k) => (g === 0 ? 0 : g * below[k]!))
    const mass = sum(goals)
    const inner = sum(terms) + mass * log
    const termsBound = sumBound(K, absSum(terms)) + ulpBound(1, absSum(terms))
    const logPart = Math.abs(mass) * (sumError + logBound(log)) + sumBound(K, absSum(goals)) * Math.abs(log) + ulpBound(1, mass * log)
    return [goals.every(Number.isFinite) ? inner : NaN, termsBound + logPart + ulpBound(1, inner)]
  })
}

/** dx = dy * (softmax(x) * sum of t - t); 0 where dy is 0. */
export function softmaxCrossEntropyGradReference([x, t, dy]: Inputs): Reference {
  const [N, K] = x!.shape as readonly [number, number]
  const rows = Array.from({ length: N }, (_, n) => ({ ...softmaxOf(row(x!, n)), goals: row(t!, n) }))
  return build(x!.shape, (i) => {
    const n = Math.floor(i / K)
    const factor = dy!.data[n]!
    if (factor === 0) return [0, 0]
    const { p, pError, goals } = rows[n]!
    const mass = sum(goals)
    const share = p[i % K]! * mass
    const difference = share - t!.data[i]!
    const massBound = p[i % K]! * sumBound(K, absSum(goals))
    const inner = Math.abs(share) * (pError[i % K]! + EPS) + massBound + ulpBound(1, difference) + FTZ * (1 + Math.abs(mass))
    return [factor * difference, Math.abs(factor) * inner + ulpBound(1, factor * difference)]
  })
}

const argmax = (values: readonly number[]) => values.indexOf(Math.max(...values))

/** 1 where the largest of x and of t are at one place. */
export function sameArgmaxReference([x, t]: Inputs): Reference {
  return build([x!.shape[0]!], (n) => [argmax(row(x!, n)) === argmax(row(t!, n)) ? 1 : 0, 0])
}

/** [weighted sum, sum of weights, flag] after a batch, from the sums before it. */
export function accumulateMeanReference([x, weight]: Inputs, before: ArrayLike<number>): Reference {
  const terms: number[][] = [[before[0]!], [before[1]!]]
  let flag = before[2]!
  for (let n = 0; n < weight!.data.length; n++) {
    const w = weight!.data[n]!
    if (w === 0) continue
    if (Number.isFinite(x!.data[n])) terms[0]!.push(w * x!.data[n]!)
    else flag = 1
    terms[1]!.push(w)
  }
  return build([3], (i) => {
    if (i === 2) return [flag, 0]
    const total = absSum(terms[i]!)
    return [sum(terms[i]!), sumBound(terms[i]!.length, total) + (i === 0 ? ulpBound(1, total) : 0)]
  })
}
