import { expect, test } from 'vitest'
import { sgd } from '../../src/kernels/sgd.ts'
import { sgdReference } from '../reference/optimizers.ts'
import { expectClose } from '../support/close.ts'
import { useGpu } from '../support/gpu.ts'
import { onlyChoice, runOp } from '../support/run-op.ts'
import { spiked } from '../support/values.ts'

const gpu = useGpu()

test.each([[1], [315], [1025]])('sgd: %i elements', async (size) => {
  const inputs = [spiked([size], 1), { shape: [1], data: new Float32Array([0.01]) }]
  const state = [spiked([size], 2)]
  const { updates } = await runOp(gpu(), sgd, onlyChoice(sgd), inputs, {}, state)
  sgdReference(inputs, state).forEach((reference, i) => expectClose(updates[i]!, reference))
})

test('refuses more than one learning rate', () => {
  expect(() => sgd.shape([[5], [2]], {})).toThrow('[sgd] hyper must have 1 value, got hyper [2]')
})
