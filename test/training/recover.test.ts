/** A lost device is an event: training goes on on another one, to the same curve and the same weights; or ends with what was kept. */
import { describe, expect, test } from 'vitest'
import { Device, openDevice } from '../../src/device/device.ts'
import { ArgumentError, DeviceError, FileError } from '../../src/errors.ts'
import { reduceLROnPlateau, type Callback } from '../../src/training/callbacks/index.ts'
import type { FitOptions, FitProgress } from '../../src/training/fit_options.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import { loadTrainerState, saveTrainerState } from '../../src/training/state_file.ts'
import { smallClassifier } from '../support/classifier.ts'
import { useDevice } from '../support/device.ts'
import { openGpu } from '../support/gpu.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const [N, K] = [40, 3]
const data = { x: values([N, 9, 8, 2], 1, 0, 1), y: Uint8Array.from({ length: N }, (_, i) => (i * 5) % K) }
const OPTIONS: FitOptions = {
  epochs: 3,
  batchSize: 2,
  seed: 7,
  validationData: { x: values([6, 9, 8, 2], 2, 0, 1), y: [0, 1, 2, 0, 1, 2] },
}
const plateau = () => reduceLROnPlateau({ patience: 1, factor: 0.5, minDelta: 10 })

async function compiled(on: Device) {
  const model = smallClassifier(K, { dropout: 0.4 })
  const optimizer = adam({ learningRate: 0.01 })
  await model.compile({ device: on, optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  return model
}

let whole: Promise<Awaited<ReturnType<typeof undisturbed>>> | undefined

async function undisturbed() {
  using model = await compiled(device())
  const { epochs } = await model.fit(data, { ...OPTIONS, callbacks: [plateau()] })
  return { logs: epochs.map((e) => e.logs), state: await model.trainerState() }
}

/** Counts the steps that are told of, and what is done at each. */
function atStep(then: (step: number, p: FitProgress) => void): FitOptions['onProgress'] {
  let step = 0
  return (p) => then(p.phase === 'train' ? ++step : step, p)
}

describe('a device that is lost', () => {
  test.each<[name: string, lost: (step: number, p: FitProgress) => boolean, times: number]>([
    ['at step 7', (step, p) => step === 7 && p.phase === 'train', 1],
    ['at step 50', (step, p) => step === 50 && p.phase === 'train', 1],
    ['in validation', (_, p) => p.phase === 'validate' && p.epoch === 1, 1],
    ['twice', (step, p) => p.phase === 'train' && (step === 9 || step === 31), 2],
  ])('%s', async (_, lost, times) => {
    const { logs, state } = await (whole ??= undisturbed())
    const first = await openDevice({ gpu: await openGpu() })
    const model = await compiled(first)
    const epochs: number[] = []
    const batches: number[] = []
    const listener: Callback = {
      onEpochEnd: (epoch) => void epochs.push(epoch),
      onTrainBatchEnd: (batch) => void batches.push(batch),
    }
    let left = times
    const onProgress = atStep((step, p) => {
      if (!left || !lost(step, p)) return
      left--
      model.device!.gpu.destroy()
    })
    const history = await model.fit(data, { ...OPTIONS, onProgress, callbacks: [plateau(), listener] })
    expect(history.epochs.map((e) => e.logs)).toEqual(logs)
    expect(await model.trainerState()).toEqual(state)
    expect(epochs, 'each epoch is told of once').toEqual([0, 1, 2])
    expect(batches, 'each batch too').toEqual([0, 1, 2].flatMap(() => Array.from({ length: N / 2 }, (_, i) => i)))
    expect(model.device).not.toBe(first)
    expect((await model.predict(data.x)).shape, 'the model is of use').toEqual([N, K])
    const last = model.device!
    model.dispose()
    expect([first.live.buffers, last.live.buffers]).toEqual([0, 0])
    first.dispose()
    await new Promise((resolve) => setTimeout(resolve, 0)) // one after the other
    expect(() => last.check(), 'it is disposed with the first').toThrow('disposed')
  })

  test('and cannot be opened again: the last state is there', async () => {
    const gpu = await openGpu()
    let opened = 0
    const once = { requestAdapter: () => (opened++ ? Promise.resolve(null) : gpu.requestAdapter()) } as unknown as GPU
    const first = await openDevice({ gpu: once })
    const model = await compiled(first)
    const onProgress = atStep((step) => void (step === 5 && first.gpu.destroy()))
    const error = (await model.fit(data, { ...OPTIONS, onProgress }).catch((e: unknown) => e)) as DeviceError
    expect(error).toBeInstanceOf(DeviceError)
    expect(error.code).toBe('lost')
    expect((error.cause as DeviceError).code).toBe('no-adapter')
    const kept = await model.trainerState()
    expect(kept).toMatchObject({ epoch: 0, seed: 7 })
    expect(kept.step, 'where five steps take a second, there is one on the way').toBeLessThan(5)
    expect(error.message).toContain(`trainerState() gives the state after step ${kept.step}`)
    model.dispose()
    expect(first.live.buffers).toBe(0)
    first.dispose()
  })

  test('is not replaced where that is not wanted, or not known how', async () => {
    const first = await openDevice({ gpu: await openGpu() })
    const model = await compiled(first)
    const onProgress = atStep((step) => void (step === 5 && first.gpu.destroy()))
    await expect(model.fit(data, { ...OPTIONS, onProgress, recover: false })).rejects.toMatchObject({ code: 'lost' })
    expect((await model.trainerState()).step).toBeLessThan(5)
    model.dispose()
    first.dispose()
    const own = await openDevice({ gpu: await openGpu() })
    const made = new Device(own.gpu, own.info)
    const other = await compiled(made)
    await expect(other.fit(data, { recover: true })).rejects.toBeInstanceOf(ArgumentError)
    own.gpu.destroy()
    await expect(other.fit(data, OPTIONS)).rejects.toMatchObject({ code: 'lost' })
    other.dispose()
    made.dispose()
    own.dispose()
  })
})

describe('a state as bytes', () => {
  test('goes on to the bit, callbacks included', async () => {
    const { logs, state } = await (whole ??= undisturbed())
    using model = await compiled(device())
    const stop = new AbortController()
    const onProgress = atStep((step) => void (step === 45 && stop.abort(new Error('enough'))))
    const fitting = model.fit(data, { ...OPTIONS, onProgress, signal: stop.signal, callbacks: [plateau()] })
    await expect(fitting).rejects.toThrow('enough')
    const bytes = saveTrainerState(await model.trainerState())
    using other = await compiled(device())
    const kept = await loadTrainerState(new Blob([bytes]))
    expect(kept).toEqual(await model.trainerState())
    expect(kept.callbacks).toHaveProperty('reduceLROnPlateau')
    const history = await other.fit(data, { ...OPTIONS, state: kept, callbacks: [plateau()] })
    expect(history.epochs.map((e) => e.logs)).toEqual(logs.slice(2))
    expect(await other.trainerState()).toEqual(state)
  })

  test('is refused where a byte is another, or missing', async () => {
    const none = { epoch: 1, step: 2, position: 0, seed: 3, weights: { 'a/ü': Float32Array.of(1, NaN) }, moments: {}, sums: {} }
    const state = { ...none, callbacks: { c: { best: -Infinity, wait: 1 } } }
    const bytes = saveTrainerState(state)
    expect(await loadTrainerState(bytes)).toEqual(state)
    for (let i = 0; i < bytes.length; i++) {
      const bad = bytes.slice()
      bad[i]! ^= 1
      await expect(loadTrainerState(bad)).rejects.toBeInstanceOf(FileError)
      await expect(loadTrainerState(bytes.slice(0, i))).rejects.toBeInstanceOf(FileError)
    }
    await expect(loadTrainerState('no bytes' as unknown as Uint8Array)).rejects.toBeInstanceOf(ArgumentError)
  })
})
