import { expect, test } from 'vitest'
import { sgdMomentum } from '../../src/kernels/sgd_momentum.ts'
import { sgdMomentumReference } from '../reference/optimizers.ts'
import { expectClose } from '../support/close.ts'
import { useGpu } from '../support/gpu.ts'
import { onlyChoice, runOp } from '../support/run-op.ts'
import { spiked, values } from '../support/values.ts'

const gpu = useGpu()
const cases = [false, true].flatMap((nesterov) => [1, 315, 1025].map((size) => ({ nesterov, size })))

test.each(cases)('sgdMomentum: $size elements, nesterov $nesterov', async ({ nesterov, size }) => {
  const inputs = [spiked([size], 1), { shape: [1], data: new Float32Array([0.01]) }]
  const state = [spiked([size], 2), values([size], 3)]
  const attrs = { momentum: 0.9, nesterov }
  const { updates } = await runOp(gpu(), sgdMomentum, onlyChoice(sgdMomentum), inputs, attrs, state)
  sgdMomentumReference(inputs, state, attrs).forEach((reference, i) => expectClose(updates[i]!, reference))
})

test('refuses what is out of range', () => {
  const attrs = { momentum: 0.9, nesterov: false }
  expect(() => sgdMomentum.shape([[5], [2]], attrs)).toThrow('[sgdMomentum] hyper must have 1 value, got hyper [2]')
  expect(() => sgdMomentum.shape([[5], [1]], { ...attrs, momentum: 1 })).toThrow('[sgdMomentum] momentum must be in [0, 1), got 1')
})
