/** Training within little memory: what the backward pass needs is computed again, to the same bits. */
import { describe, expect, test } from 'vitest'
import { openDevice, type Device } from '../../src/device/device.ts'
import { layers } from '../../src/layers/index.ts'
import type { SymbolicTensor } from '../../src/layers/layer.ts'
import type { FitOptions } from '../../src/training/fit_options.ts'
import { lossGraph } from '../../src/training/graphs.ts'
import { stepBytes } from '../../src/training/memory.ts'
import { Model } from '../../src/training/model.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import { trainingGraph } from '../../src/training/step_graphs.ts'
import { useDevice } from '../support/device.ts'
import { openGpu } from '../support/gpu.ts'
import { classification, updatingBy } from '../support/objective.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const [N, SIDE, C, BATCH] = [6, 12, 8, 4]
const data = { x: values([N, SIDE, SIDE, C], 1), y: Uint8Array.from({ length: N }, (_, i) => i % 3) }

function deep(): Model {
  const input = layers.input({ shape: [SIDE, SIDE, C] })
  let x: SymbolicTensor = input
  for (let i = 0; i < 6; i++) {
    const y = layers.conv2d({ filters: C, kernelSize: 3, padding: 'same', activation: 'tanh', name: `conv${i}` }).apply(x)
    x = layers.add().apply([x, y])
  }
  x = layers.globalAveragePooling2d().apply(x)
  return new Model({ inputs: input, outputs: layers.dense({ units: 3, activation: 'softmax', name: 'out' }).apply(x) })
}

async function trained(on: Device, options: FitOptions = {}): Promise<Float32Array[]> {
  using model = deep()
  await model.compile({ device: on, optimizer: sgd({ learningRate: 0.1 }), loss: 'sparseCategoricalCrossentropy' })
  await model.fit(data, { epochs: 2, batchSize: BATCH, ...options })
  return (await model.getWeights()).map((t) => t.data as Float32Array)
}

/** Bytes of a tensor of the middle. */
const TENSOR = 4 * BATCH * SIDE * SIDE * C

describe('activationMemory', () => {
  test('gives the bits of a training with all the memory there is', async () => {
    const expected = await trained(device())
    expect(await trained(device(), { activationMemory: 10 * TENSOR })).toEqual(expected)
  })

  test('refuses what no recomputation fits, and says the least', async () => {
    await expect(trained(device(), { activationMemory: TENSOR })).rejects.toThrow(
      /\[fit\] a training step must fit activationMemory, 18432 bytes, got \d+ bytes at least/,
    )
    await expect(trained(device(), { activationMemory: 0 })).rejects.toThrow('activationMemory must be a positive whole number, got 0')
  })

  test('is found where the device has no room for a step that keeps all', async () => {
    const expected = await trained(device())
    const optimizer = sgd()
    const step = trainingGraph(lossGraph(deep(), classification(3), BATCH, true), updatingBy(optimizer))
    expect(stepBytes(step, device())).toBeGreaterThan(14 * TENSOR)
    using tight = await openDevice({ gpu: await openGpu(), memoryBudget: 14 * TENSOR })
    expect(await trained(tight, { cacheFeatures: false })).toEqual(expected)
    expect(tight.live.bytes).toBe(0)
  })
})
