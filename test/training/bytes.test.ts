/** Pictures as bytes: they go to the device as they are, and give the bits that the same values as f32 do. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import { tensor, type Tensor } from '../../src/tensor.ts'
import { Model } from '../../src/training/model.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import { useDevice } from '../support/device.ts'
import { writtenBy } from '../support/traffic.ts'
import { lcg } from '../support/values.ts'

const device = useDevice()
const K = 3
/** Bytes of a row are no whole words. */
const SHAPE = [5, 7, 3]
const ROW = 105

function bytes(shape: readonly number[], seed: number): Tensor & { data: Uint8Array } {
  const next = lcg(seed)
  return { shape, data: Uint8Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => Math.floor(next() * 256)) }
}

const asFloats = ({ shape, data }: Tensor): Tensor => ({ shape, data: Float32Array.from(data) })
const labels = (count: number) => Uint8Array.from({ length: count }, (_, i) => (i * 5) % K)

/** A convolution, frozen or not, and a dense layer. */
function network(frozen: boolean): Model {
  const input = layers.input({ shape: SHAPE })
  const conv = layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', name: 'conv' })
  const pooled = layers.globalAveragePooling2d().apply(conv.apply(input))
  const model = new Model({ inputs: input, outputs: layers.dense({ units: K, activation: 'softmax', name: 'predictions' }).apply(pooled) })
  conv.trainable = !frozen
  return model
}

async function compiled(frozen = true): Promise<Model> {
  const model = network(frozen)
  await model.compile({ device: device(), optimizer: adam(), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  return model
}

afterEach(() => {
  expect(device().live.buffers).toBe(0)
})

describe('the same bits as f32', () => {
  test.each([1, 2, 3, 4, 7])('predict and evaluate by %i', async (batchSize) => {
    using model = await compiled()
    const x = bytes([7, ...SHAPE], 1)
    expect(await model.predict(x, { batchSize })).toEqual(await model.predict(asFloats(x), { batchSize }))
    const y = labels(7)
    expect(await model.evaluate({ x, y }, { batchSize })).toEqual(await model.evaluate({ x: asFloats(x), y }, { batchSize }))
  })

  test.each([
    ['with features of a frozen trunk', true, true],
    ['with a frozen trunk that runs at every step', true, false],
    ['with everything trained', false, undefined],
  ])('fit %s', async (_, frozen, cacheFeatures) => {
    const [x, y] = [bytes([11, ...SHAPE], 2), labels(11)]
    const run = async (x: Tensor) => {
      using model = await compiled(frozen)
      const { epochs, trunkSeconds } = await model.fit(
        { x, y },
        // of the other type: each has plans of its own
        { epochs: 2, batchSize: 3, validationData: { x: asFloats(x), y }, ...(cacheFeatures === undefined ? {} : { cacheFeatures }) },
      )
      return { logs: epochs.map((e) => e.logs), weights: await model.getWeights(), cached: trunkSeconds > 0 }
    }
    const trained = await run(x)
    expect(trained).toEqual(await run(asFloats(x)))
    expect(trained.cached, 'bytes that are only unpacked are no features').toBe(frozen && cacheFeatures)
  })

  test('one input of bytes and one of f32', async () => {
    const [a, b] = [layers.input({ shape: [5], name: 'a' }), layers.input({ shape: [5], name: 'b' })]
    using model = new Model({ inputs: [a, b], outputs: layers.dense({ units: 2 }).apply(layers.add().apply([a, b])) })
    await model.compile({ device: device() })
    const [x0, x1] = [bytes([3, 5], 3), bytes([3, 5], 4)]
    const wanted = await model.predict([asFloats(x0), asFloats(x1)])
    expect(await model.predict([x0, asFloats(x1)])).toEqual(wanted)
    expect(await model.predict([asFloats(x0), x1])).toEqual(wanted)
    expect(await model.predict([x0, x1])).toEqual(wanted)
  })
})

describe('a quarter of the bytes', () => {
  test('is written, filled up to whole words', async () => {
    using model = await compiled()
    const x = bytes([3, ...SHAPE], 5)
    await model.predict(x)
    await model.predict(asFloats(x))
    expect((await writtenBy(device(), () => model.predict(x, { batchSize: 3 }))).bytes).toBeGreaterThan(0) // compiles a plan
    expect(await writtenBy(device(), () => model.predict(x, { batchSize: 3 }))).toEqual({ bytes: 316, writes: [312, 4] })
    await model.predict(asFloats(x), { batchSize: 3 })
    expect(await writtenBy(device(), () => model.predict(asFloats(x), { batchSize: 3 }))).toEqual({ bytes: 1260, writes: [1260] })
  })

  test('goes through staging buffers where it is much', async () => {
    const shape = [1_100_001]
    const input = layers.input({ shape })
    using model = new Model({ inputs: input, outputs: layers.rescaling({ scale: 0.5 }).apply(input) })
    await model.compile({ device: device() })
    const made = vi.spyOn(device(), 'createBuffer')
    const x = bytes([2, ...shape], 6)
    const halves = await model.predict(x, { batchSize: 1 })
    const uploads = made.mock.calls.filter(([label]) => label === 'upload').map(([, size]) => size)
    made.mockRestore()
    expect(new Set(uploads)).toEqual(new Set([1_100_008]))
    expect(halves.data.every((v, i) => v === x.data[i]! / 2)).toBe(true)
  })
})

test('plans are kept by the type of the samples, too', async () => {
  using model = await compiled()
  const emit = vi.spyOn(model, 'emitMasked')
  const x = bytes([2, ...SHAPE], 7)
  for (let i = 0; i < 3; i++) for (const samples of [x, asFloats(x)]) await model.predict(samples)
  expect(emit).toHaveBeenCalledTimes(2)
})

test('a canvas has its bytes in a Uint8ClampedArray', async () => {
  using model = await compiled()
  const x = bytes([2, ...SHAPE], 8)
  const clamped = new Uint8ClampedArray(new Uint8Array([9, ...x.data]).buffer, 1, 2 * ROW)
  const wanted = await model.predict(x)
  expect(tensor(clamped, x.shape)).toEqual(x)
  expect(await model.predict(tensor(clamped, x.shape))).toEqual(wanted)
  expect(await model.predict({ shape: x.shape, data: clamped } as never)).toEqual(wanted)
})

test('the kernels that are compiled ahead are those of pictures, too', async () => {
  using model = network(true)
  const pipelines = vi.spyOn(device(), 'pipeline')
  await model.compile({ device: device(), warmUpBatch: 2 })
  const ahead = new Set(pipelines.mock.calls.map((call) => call[2]))
  pipelines.mockClear()
  const x = bytes([2, ...SHAPE], 9)
  await model.predict(x)
  await model.predict(asFloats(x))
  expect(pipelines.mock.calls.filter((call) => !ahead.has(call[2]))).toEqual([])
  pipelines.mockRestore()
})
