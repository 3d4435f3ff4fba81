/** Plans of fit are kept for the next fit, as long as they are what it needs. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openDevice } from '../../src/device/device.ts'
import { Plan } from '../../src/plan/plan.ts'
import type { FitOptions } from '../../src/training/fit_options.ts'
import type { Model } from '../../src/training/model.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import { smallClassifier } from '../support/classifier.ts'
import { useDevice } from '../support/device.ts'
import { openGpu } from '../support/gpu.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const [N, K] = [22, 3]
const data = { x: values([N, 9, 8, 2], 1, 0, 1), y: Uint8Array.from({ length: N }, (_, i) => (i * 5) % K) }
const few = { x: values([7, 9, 8, 2], 2, 0, 1), y: Uint8Array.from({ length: 7 }, (_, i) => i % K) }
const OPTIONS: FitOptions = { batchSize: 4, seed: 3, validationData: few }
const BOTH_SIDES = ['trunk', 'trunk', 'training', 'validation'].length

afterEach(() => {
  expect(device().live.buffers).toBe(0)
})

async function compiled(on = device(), learningRate = 0.01): Promise<Model> {
  const model = smallClassifier(K, { dropout: 0.4 })
  const loss = 'sparseCategoricalCrossentropy'
  await model.compile({ device: on, optimizer: adam({ learningRate }), loss, metrics: ['accuracy'] })
  return model
}

/** How many plans a job has made. */
async function made(job: () => Promise<unknown>): Promise<number> {
  const compile = vi.spyOn(Plan, 'compile')
  try {
    await job()
    return compile.mock.calls.length
  } finally {
    compile.mockRestore()
  }
}

describe('a second fit', () => {
  test('makes no plan, and trains as one would that makes them', async () => {
    using model = await compiled()
    expect(await made(() => model.fit(data, OPTIONS))).toBe(BOTH_SIDES)
    expect(await made(() => model.fit(data, OPTIONS))).toBe(0)
    using other = await compiled()
    await other.fit(data, { ...OPTIONS, epochs: 2 })
    expect(await model.trainerState()).toEqual(await other.trainerState())
  })

  test('takes no more memory than the first', async () => {
    using model = await compiled()
    await model.fit(data, OPTIONS)
    const { buffers, bytes } = device().live
    for (let i = 0; i < 3; i++) await model.fit(data, OPTIONS)
    await device().idle()
    expect(device().live.buffers).toBeLessThanOrEqual(buffers + 2 * 3) // each run that is under way has a staging buffer
    expect(device().live.bytes).toBeLessThan(bytes + 10_000)
  })

  test('after one that was aborted', async () => {
    using model = await compiled()
    const stop = new AbortController()
    const onProgress: FitOptions['onProgress'] = ({ phase }) => void (phase === 'validate' && stop.abort(new Error('enough')))
    await expect(model.fit(data, { ...OPTIONS, signal: stop.signal, onProgress })).rejects.toThrow('enough')
    expect(await made(() => model.fit(data, OPTIONS))).toBe(0)
  })
})

describe('a plan is made anew', () => {
  test('for another batch size, of the head alone', async () => {
    using model = await compiled()
    await model.fit(data, OPTIONS)
    expect(await made(() => model.fit(data, { ...OPTIONS, batchSize: 5 }))).toBe(2)
    expect(await made(() => model.fit(data, OPTIONS)), 'the first are still there').toBe(0)
  })

  test('when something else is trainable', async () => {
    using model = await compiled()
    await model.fit(data, OPTIONS)
    const weights = async (name: string) => (await model.getWeights())[model.weights.findIndex((w) => w.path === name)]!.data
    const [hidden, predictions] = [await weights('hidden/kernel'), await weights('predictions/kernel')]
    model.getLayer('hidden').trainable = false
    expect(await made(() => model.fit(data, OPTIONS))).toBeGreaterThan(0)
    expect(await weights('hidden/kernel'), 'frozen now').toEqual(hidden)
    expect(await weights('predictions/kernel')).not.toEqual(predictions)
    model.getLayer('hidden').trainable = true
    await model.fit(data, OPTIONS)
    expect(await weights('hidden/kernel')).not.toEqual(hidden)
  })

  test('when the model is compiled again, with another optimizer', async () => {
    using model = await compiled()
    await model.fit(data, OPTIONS)
    await model.compile({ device: device(), optimizer: adam({ beta1: 0.5 }), loss: 'sparseCategoricalCrossentropy' })
    expect(await made(() => model.fit(data, OPTIONS))).toBe(BOTH_SIDES)
  })

  test('where there is no room for it, with the same bits', async () => {
    const tight = await openDevice({ gpu: await openGpu(), planMemory: 1 })
    using model = await compiled(tight)
    using other = await compiled()
    for (let i = 0; i < 2; i++) {
      await model.fit(data, OPTIONS)
      await other.fit(data, OPTIONS)
    }
    expect(await made(() => model.fit(data, OPTIONS))).toBeGreaterThan(0)
    await other.fit(data, OPTIONS)
    expect(await model.trainerState()).toEqual(await other.trainerState())
    model.dispose()
    expect(tight.live.buffers).toBe(0)
    tight.dispose()
  })
})
