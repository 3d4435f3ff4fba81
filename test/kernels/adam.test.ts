import { expect, test } from 'vitest'
import { adam } from '../../src/kernels/adam.ts'
import { adamReference } from '../reference/optimizers.ts'
import { expectClose } from '../support/close.ts'
import { useGpu } from '../support/gpu.ts'
import { onlyChoice, runOp } from '../support/run-op.ts'
import { spiked, values } from '../support/values.ts'

const gpu = useGpu()
const attrs = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }

test.each([
  { name: 'one element', shape: [1] },
  { name: 'odd sizes', shape: [3, 3, 5, 7] },
  { name: 'more than one workgroup', shape: [1025] },
])('adam: $name', async ({ shape }) => {
  const inputs = [spiked(shape, 1), { shape: [1], data: new Float32Array([1e-3]) }]
  const state = [spiked(shape, 2), values(shape, 3), values(shape, 4, 0, 2)]
  const { updates } = await runOp(gpu(), adam, onlyChoice(adam), inputs, attrs, state)
  adamReference(inputs, state, attrs).forEach((reference, i) => expectClose(updates[i]!, reference))
})

test('adam: the first steps, from moments of 0', async () => {
  const shape = [50]
  let state = [values(shape, 5), ...[0, 1].map(() => ({ shape, data: new Float32Array(50) }))]
  for (let step = 1; step <= 3; step++) {
    const size = (1e-3 * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step)
    const inputs = [spiked(shape, step), { shape: [1], data: new Float32Array([size]) }]
    const { updates } = await runOp(gpu(), adam, onlyChoice(adam), inputs, attrs, state)
    adamReference(inputs, state, attrs).forEach((reference, i) => expectClose(updates[i]!, reference))
    state = updates.map((data) => ({ shape, data: new Float32Array(data) }))
  }
})

test('adam: a gradient of 0 from moments of 0 changes nothing', async () => {
  const shape = [5]
  const zeros = () => ({ shape, data: new Float32Array(5) })
  const w = values(shape, 6)
  const hyper = { shape: [1], data: new Float32Array([1]) }
  const { updates } = await runOp(gpu(), adam, onlyChoice(adam), [zeros(), hyper], attrs, [w, zeros(), zeros()])
  expect(updates).toEqual([w.data, zeros().data, zeros().data])
})

test('refuses what is out of range', () => {
  expect(() => adam.shape([[5], [2]], attrs)).toThrow('[adam] hyper must have 1 value, got hyper [2]')
  expect(() => adam.shape([[5], [1]], { ...attrs, beta2: 1 })).toThrow('[adam] beta2 must be in [0, 1), got 1')
})
