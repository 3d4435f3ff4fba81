import { describe, expect, test } from 'vitest'
import { thresholdCounts, thresholdSums, type ThresholdCountsAttrs } from '../../src/kernels/threshold_counts.ts'
import { thresholdCountsReference } from '../reference/metrics.ts'
import { expectClose } from '../support/close.ts'
import { useGpu } from '../support/gpu.ts'
import { onlyChoice, runOp } from '../support/run-op.ts'
import { values } from '../support/values.ts'

const gpu = useGpu()

async function count(R: number, K: number, N: number, attrs: ThresholdCountsAttrs, { soft = false, weighted = false } = {}) {
  const t = values([R, K], 2, 0, 1)
  if (!soft) t.data.forEach((v, i) => (t.data[i] = v < 0.4 ? 1 : 0))
  const weight = values([N], 3, 0, 2)
  if (!weighted) weight.data.fill(1)
  weight.data.fill(0, N - 1)
  const inputs = [values([R, K], 1, -0.1, 1.1), t, weight]
  inputs[0]!.data.set([0, 1, 0.5].slice(0, R * K)) // on the edges
  inputs[0]!.data[R * K - 1] = NaN // in the row of weight 0
  const before = new Float32Array(thresholdSums(attrs, K)).fill(3)
  const { updates } = await runOp(gpu(), thresholdCounts, onlyChoice(thresholdCounts), inputs, attrs, [
    { shape: [before.length], data: Float32Array.from(before) },
  ])
  expectClose(updates[0]!, thresholdCountsReference(inputs, attrs, before))
}

const half = { thresholds: [0.5], columns: 'all', hard: true } as const

describe('counts', () => {
  test('one threshold, one column', () => count(7, 1, 7, half))
  test('more values than a tile', () => count(65, 3, 65, half))
  test('several thresholds, of each column', () => count(33, 5, 33, { thresholds: [0.2, 0.5, 0.5, 0.9], columns: 'each', hard: true }))
  test('of one column', () => count(20, 4, 20, { thresholds: [0.3], columns: 2, hard: true }))
  test('200 buckets, as for AUC', () => count(70, 2, 70, { thresholds: 200, columns: 'all', hard: true }))
  test('200 buckets of each column', () => count(30, 3, 30, { thresholds: 200, columns: 'each', hard: true }))
  test('soft targets and weights', () =>
    count(30, 3, 30, { thresholds: [0.5], columns: 'each', hard: false }, { soft: true, weighted: true }))
  test('several rows for a weight', () => count(24, 3, 6, { thresholds: [0.5], columns: 'each', hard: true }, { weighted: true }))
  test('all values for a weight', () => count(24, 3, 6, half, { weighted: true }))
})

test('refuses what does not fit', () => {
  const shape = (attrs: Partial<ThresholdCountsAttrs>, weight = [4]) =>
    thresholdCounts.shape([[4, 3], [4, 3], weight], { ...half, ...attrs })
  expect(() => shape({}, [3])).toThrow('[thresholdCounts] rows must be so many for each weight, got y [4,3] and weight [3]')
  const rule = '[thresholdCounts] thresholds must be finite, in rising order, and at least one, got'
  expect(() => shape({ thresholds: [0.5, 0.1] })).toThrow(`${rule} 0.5,0.1`)
  expect(() => shape({ thresholds: [NaN] })).toThrow(`${rule} NaN`)
  expect(() => shape({ thresholds: [] })).toThrow(`${rule} `)
  expect(() => shape({ columns: 3 })).toThrow('[thresholdCounts] a column must be from 0 to 2, got 3')
})
