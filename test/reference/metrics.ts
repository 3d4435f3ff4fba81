/** Oracles of what metrics add up: counts are exact, sums of weights are bounded. */
import type { ThresholdCountsAttrs } from '../../src/kernels/threshold_counts.ts'
import { build, EPS, type Reference } from './reference.ts'
import type { Inputs, Values } from './values.ts'

const row = ({ shape, data }: Values, n: number): number[] => Array.from({ length: shape[1]! }, (_, k) => data[n * shape[1]! + k]!)

/** The place of the largest, of the first of equals; NaN is none, but where it comes first. */
function argmax(values: readonly number[]): number {
  let at = 0
  values.forEach((v, i) => {
    if (v > values[at]!) at = i
  })
  return at
}

/** A sum of weights over what was there: exact for whole numbers. */
function total(before: number, weights: readonly number[]): readonly [v: number, bound: number] {
  const v = weights.reduce((a, b) => a + b, before)
  const whole = [before, ...weights].every(Number.isInteger)
  const magnitude = weights.reduce((a, b) => a + Math.abs(b), Math.abs(before))
  return [v, whole ? 0 : (weights.length + 2) * EPS * magnitude]
}

export function thresholdCountsReference([y, t, weight]: Inputs, attrs: ThresholdCountsAttrs, before: Float32Array): Reference {
  const { thresholds, columns, hard } = attrs
  const [R, K] = y!.shape as readonly [number, number]
  const B = typeof thresholds === 'number' ? thresholds : thresholds.length + 1
  const bucketOf = (v: number) =>
    typeof thresholds === 'number'
      ? Math.max(Math.ceil(Math.fround(Math.min(Math.max(v, 0), 1) * (thresholds - 1))) - 1, 0)
      : thresholds.filter((edge) => v > Math.fround(edge)).length
  const sums: number[][] = Array.from(before, () => [])
  for (let r = 0; r < R; r++) {
    for (let k = 0; k < K; k++) {
      if (typeof columns === 'number' && k !== columns) continue
      const w = weight!.data[Math.floor((r * weight!.shape[0]!) / R)]!
      if (w === 0) continue
      const goal = hard ? (t!.data[r * K + k] !== 0 ? 1 : 0) : t!.data[r * K + k]!
      const at = ((columns === 'each' ? k : 0) * B + bucketOf(y!.data[r * K + k]!)) * 2
      sums[at]!.push(w * goal)
      sums[at + 1]!.push(w * (1 - goal))
    }
  }
  return build([before.length], (i) => total(before[i]!, sums[i]!))
}

export function confusionCountsReference([y, t, weight]: Inputs, before: Float32Array): Reference {
  const [R, K] = y!.shape as readonly [number, number]
  const sums: number[][] = Array.from(before, () => [])
  for (let r = 0; r < R; r++) {
    const w = weight!.data[Math.floor((r * weight!.shape[0]!) / R)]!
    if (w !== 0) sums[argmax(row(t!, r)) * K + argmax(row(y!, r))]!.push(w)
  }
  return build([before.length], (i) => total(before[i]!, sums[i]!))
}

export function inTopKReference([x, t]: Inputs, { k }: { k: number }): Reference {
  return build([x!.shape[0]!], (n) => {
    const scores = row(x!, n)
    const own = scores[argmax(row(t!, n))]!
    return [!Number.isNaN(own) && scores.filter((v) => v > own).length < k ? 1 : 0, 0]
  })
}

export function isLargestReference([x]: Inputs): Reference {
  const K = x!.shape[1]!
  return build(x!.shape, (i) => {
    const v = x!.data[i]!
    return [v >= Math.max(...row(x!, Math.floor(i / K))) && Math.abs(v) > 1e-9 ? 1 : 0, 0]
  })
}
