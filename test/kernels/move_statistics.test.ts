import { expect, test } from 'vitest'
import { moveStatistics } from '../../src/kernels/move_statistics.ts'
import { moveStatisticsReference } from '../reference/moments.ts'
import { expectClose } from '../support/close.ts'
import { useGpu } from '../support/gpu.ts'
import { onlyChoice, runOp } from '../support/run-op.ts'
import { spiked } from '../support/values.ts'

const gpu = useGpu()

test.each([
  [1, 0.99],
  [315, 0.9],
  [64, 0],
])('moveStatistics: %i channels, momentum %f', async (C, momentum) => {
  const inputs = [spiked([2, C], 1)]
  const state = [spiked([C], 2), spiked([C], 3)]
  const { updates } = await runOp(gpu(), moveStatistics, onlyChoice(moveStatistics), inputs, { momentum }, state)
  moveStatisticsReference(inputs, state, momentum).forEach((reference, i) => expectClose(updates[i]!, reference))
})

test('refuses a momentum that is none', () => {
  expect(() => moveStatistics.shape([[2, 5]], { momentum: -1 })).toThrow('[moveStatistics] momentum must be in [0, Infinity), got -1')
})
