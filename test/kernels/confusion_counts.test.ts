import { expect, test } from 'vitest'
import { confusionCounts } from '../../src/kernels/confusion_counts.ts'
import { confusionCountsReference } from '../reference/metrics.ts'
import { expectClose } from '../support/close.ts'
import { useGpu } from '../support/gpu.ts'
import { onlyChoice, runOp } from '../support/run-op.ts'
import { values } from '../support/values.ts'

const gpu = useGpu()

async function count(R: number, K: number, N: number, weighted = false) {
  const weight = values([N], 3, 0, 2)
  if (!weighted) weight.data.fill(1)
  weight.data.fill(0, N - 1)
  const inputs = [values([R, K], 1), values([R, K], 2, 0, 1), weight]
  inputs[0]!.data.fill(1, 0, K) // equal scores
  inputs[0]!.data[R * K - 1] = NaN // in the row of weight 0
  const before = values([K * K], 4, 0, 3).data.map(Math.floor)
  const { updates } = await runOp(gpu(), confusionCounts, onlyChoice(confusionCounts), inputs, {}, [
    { shape: [before.length], data: Float32Array.from(before) },
  ])
  expectClose(updates[0]!, confusionCountsReference(inputs, before))
}

test('two classes', () => count(9, 2, 9))
test('one class', () => count(3, 1, 3))
test('more rows than a tile', () => count(130, 5, 130))
test('more classes than a workgroup has lanes', () => count(40, 70, 40))
test('weights, several rows for each', () => count(24, 3, 6, true))

test('refuses rows that do not fit', () => {
  const message = '[confusionCounts] rows must be so many for each weight, got y [4,3] and weight [3]'
  expect(() => confusionCounts.shape([[4, 3], [4, 3], [3]], {})).toThrow(message)
})
