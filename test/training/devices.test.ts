/** Weights are what they were last given, whatever becomes of devices: set while they are loaded, moved, or on two devices at a time. */
import { afterEach, describe, expect, test } from 'vitest'
import { openDevice, type Device } from '../../src/device/device.ts'
import { DeviceError } from '../../src/errors.ts'
import { layers } from '../../src/layers/index.ts'
import { sequential } from '../../src/models/sequential.ts'
import { parameterStoreOf } from '../../src/plan/parameter_store.ts'
import { Model } from '../../src/training/model.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import type { Tensor } from '../../src/tensor.ts'
import { smallClassifier } from '../support/classifier.ts'
import { useDevice } from '../support/device.ts'
import { openGpu } from '../support/gpu.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const opened: Device[] = []
afterEach(() => {
  for (const one of [device(), ...opened]) expect(one.isLost || one.live.buffers).toBe(one.isLost || 0)
  opened.splice(0).forEach((one) => one.dispose())
})

async function another(memoryBudget?: number): Promise<Device> {
  const one = await openDevice({ gpu: await openGpu(), ...(memoryBudget && { memoryBudget }) })
  opened.push(one)
  return one
}

async function lose(one: Device): Promise<void> {
  one.gpu.destroy()
  await one.lost
}

const [N, K] = [12, 3]
const x = values([N, 9, 8, 2], 1, 0, 1)
const y = Uint8Array.from({ length: N }, (_, i) => i % K)
const LOSS = { loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] } as const
const compile = (model: Model, on: Device) => model.compile({ device: on, optimizer: adam(), ...LOSS })
const train = (model: Model) => model.fit({ x, y }, { epochs: 1, batchSize: 5 })
const tens = (t: Tensor): Tensor => ({ shape: t.shape, data: new Float32Array(t.data.length).fill(10) })

function chain(): Model {
  return sequential([
    layers.input({ shape: [9, 8, 2] }),
    layers.globalAveragePooling2d(),
    layers.dense({ units: 4, name: 'first' }),
    layers.dense({ units: K, activation: 'softmax', name: 'last' }),
  ])
}

/** Lets the source of a weight wait. @returns when it has been asked, and what lets it go on */
function slow(model: Model, layer: string) {
  const [weight] = model.getLayer(layer).weights
  const { source } = weight!
  let [ask, goOn] = [() => {}, () => {}]
  const asked = new Promise<void>((resolve) => (ask = resolve))
  const gate = new Promise<void>((resolve) => (goOn = resolve))
  weight!.source = {
    shape: source.shape,
    read: async (begin, end) => {
      ask()
      await gate
      return source.read(begin, end)
    },
  }
  return { asked, goOn }
}

describe('compile on another device', () => {
  test('weights stay as they are', async () => {
    const other = await another()
    using model = smallClassifier(K)
    await compile(model, device())
    await train(model)
    const trained = await model.getWeights()
    await model.compile({ device: other })
    expect([model.device, device().live.buffers]).toEqual([other, 0])
    expect(await model.getWeights()).toEqual(trained)
  })

  test('those that were trained and lost are not silently those of before', async () => {
    const other = await another()
    using model = smallClassifier(K)
    await compile(model, other)
    const before = await model.getWeights()
    await train(model)
    await lose(other)
    await expect(model.compile({ device: device() })).rejects.toMatchObject({ code: 'lost' })
    model.dispose()
    await model.compile({ device: device() })
    expect(await model.getWeights()).toEqual(before)
  })
})

describe('moveTo', () => {
  test('where it fails all is as it was, and can be asked for again', async () => {
    const [small, other] = [await another(1000), await another()]
    const [model, stayed] = [smallClassifier(K), smallClassifier(K)]
    for (const m of [model, stayed]) await compile(m, device()).then(() => train(m))
    await expect(model.moveTo(small)).rejects.toThrow(DeviceError)
    await expect(model.moveTo(other, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
    expect([model.device, small.live.buffers, other.live.buffers]).toEqual([device(), 0, 0])
    expect(await model.getWeights()).toEqual(await stayed.getWeights())
    await model.moveTo(other)
    for (const m of [model, stayed]) await train(m)
    expect(await model.getWeights()).toEqual(await stayed.getWeights())
    model.dispose()
    stayed.dispose()
  })

  test('what was as its source has it is so there', async () => {
    const [one, two] = [await another(), await another()]
    using model = chain()
    await model.compile({ device: one })
    const before = await model.getWeights()
    await model.moveTo(two)
    await lose(two)
    await model.moveTo(device())
    expect(await model.getWeights()).toEqual(before)
  })

  test('a frozen trunk is in no state that it was not in before', async () => {
    const other = await another()
    using model = smallClassifier(K)
    await compile(model, device())
    await train(model)
    const before = await model.trainerState()
    await model.moveTo(other)
    expect(await model.trainerState()).toEqual(before)
    expect(Object.keys(before.weights).some((name) => name.includes('trunk_conv'))).toBe(false)
  })

  test("the optimizer's state of weights that are frozen meanwhile comes along", async () => {
    const other = await another()
    const [model, stayed] = [smallClassifier(K), smallClassifier(K)]
    for (const m of [model, stayed]) {
      await compile(m, device())
      await train(m)
      m.getLayer('hidden').trainable = false
    }
    await model.moveTo(other)
    for (const m of [model, stayed]) {
      m.getLayer('hidden').trainable = true
      await train(m)
    }
    expect(await model.getWeights()).toEqual(await stayed.getWeights())
    model.dispose()
    stayed.dispose()
  })

  test('what was kept when one device was lost is of no account when another is', async () => {
    const [one, two] = [await another(), await another()]
    using model = smallClassifier(K)
    await compile(model, one)
    const onProgress = () => one.gpu.destroy()
    await expect(model.fit({ x, y }, { epochs: 5, batchSize: 2, recover: false, onProgress })).rejects.toThrow(DeviceError)
    await model.moveTo(two)
    const given = (await model.getWeights()).map(tens)
    await model.setWeights(given)
    await lose(two)
    await model.moveTo(device())
    expect(await model.getWeights()).toEqual(given)
  })
})

describe('while weights are loaded', () => {
  test('they can be set', async () => {
    using model = chain()
    const given = (await model.getWeights()).map(tens)
    const { asked, goOn } = slow(model, 'last')
    const compiled = model.compile({ device: device() })
    await asked
    await model.setWeights(given)
    goOn()
    await compiled
    expect(await model.getWeights()).toEqual(given)
  })

  test('they can be read', async () => {
    using model = chain()
    const before = await model.getLayer('first').getWeights()
    const { asked, goOn } = slow(model, 'first')
    const compiled = model.compile({ device: device() })
    await asked
    await new Promise((resolve) => setTimeout(resolve, 50)) // there is room for it by now
    const now = model.getLayer('first').getWeights()
    goOn()
    expect(await now).toEqual(before)
    await compiled
  })

  test('they can be set while those of a compiled model are loaded again', async () => {
    using model = chain()
    const given = (await model.getWeights()).map(tens)
    await model.compile({ device: device() })
    const { asked, goOn } = slow(model, 'last')
    const again = parameterStoreOf(device()).reload(model.weights)
    await asked
    await model.setWeights(given)
    goOn()
    await again
    expect(await model.getWeights()).toEqual(given)
  })
})

test('a model reads its own device where another has its weights too', async () => {
  const other = await another()
  using model = chain()
  using twin = new Model({ inputs: model.inputs[0]!, outputs: model.outputs[0]! })
  await model.compile({ device: other })
  const before = await model.getWeights()
  await compile(twin, device())
  await train(twin)
  const [trained, state] = [await twin.getWeights(), await twin.trainerState()]
  expect(trained.map((t) => t.data)).toEqual(Object.values(state.weights))
  expect(await model.getWeights()).toEqual(before)
})
