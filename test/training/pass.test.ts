/** What predict, evaluate and fit do beside the GPU's work: graphs once, plans while there is room, batches without waiting. */
import { describe, expect, test, vi } from 'vitest'
import { openDevice } from '../../src/device/device.ts'
import { layers } from '../../src/layers/index.ts'
import { batchesOf, Filler, type Feed } from '../../src/training/batches.ts'
import { Model } from '../../src/training/model.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { useDevice } from '../support/device.ts'
import { openGpu } from '../support/gpu.ts'
import { values } from '../support/values.ts'

const device = useDevice()

function tiny(): Model {
  const input = layers.input({ shape: [6] })
  const hidden = layers.dense({ units: 5, activation: 'relu' }).apply(input)
  return new Model({ inputs: input, outputs: layers.dense({ units: 3, activation: 'softmax' }).apply(hidden), name: 'tiny' })
}

const x = (count: number) => values([count, 6], 1)
const y = (count: number) => Array.from({ length: count }, (_, i) => i % 3)

test('the graph of a batch size is built once', async () => {
  using model = tiny()
  const emit = vi.spyOn(model, 'emitMasked')
  await model.compile({ device: device(), optimizer: adam(), loss: 'sparseCategoricalCrossentropy' })
  for (let i = 0; i < 3; i++) await model.predict(x(40))
  expect(emit, 'predict').toHaveBeenCalledTimes(1)
  await model.predict(x(3))
  await model.predict(x(4)) // runs of four, too
  expect(emit, 'another batch size').toHaveBeenCalledTimes(2)
  for (let i = 0; i < 3; i++) await model.evaluate({ x: x(40), y: y(40) })
  expect(emit, 'evaluate').toHaveBeenCalledTimes(3)
  emit.mockClear()
  const data = { x: x(40), y: y(40) }
  await model.fit(data, { epochs: 2, validationData: data, batchSize: 32 })
  expect(emit, 'fit: one of each side').toHaveBeenCalledTimes(2)
})

test('plans are kept while there is room, and made again when they are needed', async () => {
  const tight = await openDevice({ gpu: await openGpu(), planMemory: 1 })
  using model = tiny()
  await model.compile({ device: tight })
  const emit = vi.spyOn(model, 'emitMasked')
  const wanted = await model.predict(x(8))
  await model.predict(x(8))
  expect(emit, 'the last plan stays').toHaveBeenCalledTimes(1)
  const { buffers } = tight.live
  for (const batchSize of [1, 2, 4, 8]) expect(await model.predict(x(8), { batchSize })).toEqual(wanted)
  expect(emit).toHaveBeenCalledTimes(5)
  await tight.idle()
  expect(tight.live.buffers).toBeLessThanOrEqual(buffers + 3) // each run has a staging buffer
  model.dispose()
  expect(tight.live.buffers).toBe(0)
  tight.dispose()
})

describe('a pass', () => {
  test('starts batches while the first is under way, and tells of each when it is done', async () => {
    using model = tiny()
    await model.compile({ device: device() })
    await model.predict(x(1))
    const submits = vi.spyOn(device(), 'submit')
    const seen: [done: number, submits: number][] = []
    await model.predict(x(6), { batchSize: 1, onProgress: (done) => seen.push([done, submits.mock.calls.length]) })
    expect(seen.map(([done]) => done)).toEqual([1, 2, 3, 4, 5, 6])
    expect(seen[0]![1], 'submits before the first is heard of').toBe(3)
    submits.mockRestore()
  })

  test('that is aborted tells of nothing any more', async () => {
    using model = tiny()
    await model.compile({ device: device() })
    const stop = new AbortController()
    const seen: number[] = []
    const predicting = model.predict(x(9), {
      batchSize: 1,
      signal: stop.signal,
      onProgress: (done) => {
        seen.push(done)
        if (done === 2) stop.abort(new Error('enough'))
      },
    })
    await expect(predicting).rejects.toThrow('enough')
    const told = seen.length
    await device().idle()
    expect(seen.length).toBe(told)
    expect(told).toBeLessThan(9)
  })

  test('whose callback throws ends with that', async () => {
    using model = tiny()
    await model.compile({ device: device() })
    const onProgress = () => {
      throw new Error('a mistake of the page')
    }
    await expect(model.predict(x(9), { batchSize: 1, onProgress })).rejects.toThrow('a mistake of the page')
    expect((await model.predict(x(9))).shape).toEqual([9, 3])
  })
})

describe('batches', () => {
  const plan = (types: Record<string, 'f32' | 'u8'>) => ({ inputTypes: new Map(Object.entries(types)) }) as unknown as Plan
  const feed: Feed = {
    count: 5,
    rows: new Map([
      ['x', { data: Float32Array.from({ length: 10 }, (_, i) => i), size: 2 }],
      ['other', { data: new Float32Array(5), size: 1 }],
    ]),
  }

  /** What a plan is given for each batch of so many rows. */
  const inputs = (types: Record<string, 'f32' | 'u8'>, of: Feed, size: number, order?: Uint32Array) => {
    const filler = new Filler(plan(types), size)
    return [...batchesOf(of, size, order && { order })].map((batch) => structuredClone(filler.inputs(batch)))
  }

  test('that are whole and in order are not copied', () => {
    const { data } = feed.rows.get('x')!
    const [, second] = batchesOf(feed, 2)
    const given = new Filler(plan({ x: 'f32' }), 2).inputs(second!)
    expect(given['x']!.buffer).toBe(data.buffer)
    expect(given).toEqual({ x: Float32Array.of(4, 5, 6, 7) })
  })

  test('are gathered by the order, and filled up with the last row and weights of 0', () => {
    expect(inputs({ x: 'f32', weight: 'f32', dLoss: 'f32' }, feed, 4, Uint32Array.of(4, 3, 2, 1, 0))).toEqual([
      {
        x: Float32Array.of(8, 9, 6, 7, 4, 5, 2, 3),
        weight: Float32Array.of(1, 1, 1, 1),
        dLoss: Float32Array.of(0.25, 0.25, 0.25, 0.25),
      },
      { x: Float32Array.of(0, 1, 0, 1, 0, 1, 0, 1), weight: Float32Array.of(1, 0, 0, 0), dLoss: Float32Array.of(1, 0, 0, 0) },
    ])
  })

  test('in parts have the weight that they have in the whole', () => {
    const [, second] = batchesOf(feed, 3)
    const filler = new Filler(plan({ x: 'f32', weight: 'f32', dLoss: 'f32' }), 2)
    expect(filler.inputs(second!, { begin: 4, end: 5 })).toEqual({
      x: Float32Array.of(8, 9, 8, 9),
      weight: Float32Array.of(1, 0),
      dLoss: Float32Array.of(0.5, 0),
    })
  })

  test('are converted to what the plan takes', () => {
    const bytes: Feed = { count: 3, rows: new Map([['x', { data: Uint8Array.of(1, 2, 255), size: 1 }]]) }
    expect(inputs({ x: 'f32' }, bytes, 3)).toEqual([{ x: Float32Array.of(1, 2, 255) }])
    expect(inputs({ x: 'u8' }, bytes, 3)).toEqual([{ x: Uint8Array.of(1, 2, 255) }])
  })
})
