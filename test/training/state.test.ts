/** The state of training as data: taken between two steps and set again, training goes on to the bit. */
import { describe, expect, test } from 'vitest'
import { openDevice, type Device } from '../../src/device/device.ts'
import { ArgumentError } from '../../src/errors.ts'
import type { FitOptions } from '../../src/training/fit_options.ts'
import type { Model } from '../../src/training/model.ts'
import { adam, sgd, type Optimizer } from '../../src/training/optimizers/index.ts'
import type { TrainerState } from '../../src/training/trainer_state.ts'
import { smallClassifier } from '../support/classifier.ts'
import { useDevice } from '../support/device.ts'
import { openGpu } from '../support/gpu.ts'
import { thawedData, thawedModel } from '../support/thawed.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const [N, K, BATCH] = [22, 3, 4]
const data = { x: values([N, 9, 8, 2], 1, 0, 1), y: Uint8Array.from({ length: N }, (_, i) => (i * 5) % K) }
const OPTIONS: FitOptions = { epochs: 3, batchSize: BATCH, seed: 7, validationData: data }

async function compiled(optimizer: Optimizer = adam({ learningRate: 0.01 }), on: Device = device()): Promise<Model> {
  const model = smallClassifier(K, { dropout: 0.4 })
  await model.compile({ device: on, optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  return model
}

/** Logs and the state at the end of training that nothing interrupts. */
async function uninterrupted(options: FitOptions = OPTIONS) {
  using model = await compiled()
  const { epochs } = await model.fit(data, options)
  return { logs: epochs.map((e) => e.logs), state: await model.trainerState() }
}

/** Trains until a phase has done so many samples of an epoch, and gives the state there. */
async function interrupted(phase: 'train' | 'validate', epoch: number, done: number): Promise<TrainerState> {
  using model = await compiled()
  const stop = new AbortController()
  const onProgress: FitOptions['onProgress'] = (p) => {
    if (p.phase === phase && p.epoch === epoch && p.done === done) stop.abort(new Error('enough'))
  }
  await expect(model.fit(data, { ...OPTIONS, signal: stop.signal, onProgress })).rejects.toThrow('enough')
  return await model.trainerState()
}

describe('an interrupted training goes on to the bit', () => {
  test.each<[phase: 'train' | 'validate', epoch: number, done: number, position: number]>([
    ['train', 0, BATCH, BATCH],
    ['train', 1, 3 * BATCH, 3 * BATCH],
    ['train', 1, N, N], // between the last step of an epoch and its validation
    ['validate', 1, BATCH, N],
    ['train', 2, 4 * BATCH, 4 * BATCH],
  ])('interrupted in %s of epoch %i after %i samples', async (phase, epoch, done, position) => {
    const whole = await uninterrupted()
    const state = structuredClone(await interrupted(phase, epoch, done))
    expect(state).toMatchObject({ epoch, position, step: epoch * Math.ceil(N / BATCH) + Math.ceil(position / BATCH), seed: 7 })
    using model = await compiled()
    const { epochs } = await model.fit(data, { ...OPTIONS, state })
    expect(epochs.map((e) => e.epoch)).toEqual([0, 1, 2].slice(epoch))
    expect(epochs.map((e) => e.logs)).toEqual(whole.logs.slice(epoch))
    expect(await model.trainerState()).toEqual(whole.state)
  })

  test('on another device, which takes the place of one that was lost', async () => {
    const whole = await uninterrupted()
    const state = await interrupted('train', 1, 2 * BATCH)
    const lost = await openDevice({ gpu: await openGpu() })
    const model = await compiled(adam({ learningRate: 0.01 }), lost)
    lost.gpu.destroy()
    await expect(model.fit(data, OPTIONS)).rejects.toMatchObject({ code: 'lost' })
    await model.compile({
      device: device(),
      optimizer: adam({ learningRate: 0.01 }),
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy'],
    })
    await model.fit(data, { ...OPTIONS, state })
    expect(await model.trainerState()).toEqual(whole.state)
    model.dispose()
    lost.dispose()
  })
})

test('the same seed gives the same bits: 20 steps of a convolution, a batch normalisation and a dropout, with Adam', async () => {
  const run = async (seed: number) => {
    using model = thawedModel()
    await model.compile({ device: device(), optimizer: adam({ learningRate: 0.01 }), loss: 'sparseCategoricalCrossentropy' })
    const { epochs } = await model.fit(thawedData, { epochs: 4, batchSize: 4, stepsPerEpoch: 5, seed })
    return { logs: epochs.map((e) => e.logs), state: await model.trainerState() }
  }
  const first = await run(3)
  expect(first.state.step).toBe(20)
  expect(await run(3)).toEqual(first)
  expect((await run(4)).state.weights['conv/kernel']).not.toEqual(first.state.weights['conv/kernel'])
})

test('taken while training goes on, it is the state between two steps', async () => {
  const whole = await uninterrupted()
  using model = await compiled()
  const taken: Promise<TrainerState>[] = []
  await model.fit(data, {
    ...OPTIONS,
    onProgress: ({ phase }) => void (phase === 'train' && taken.push(model.trainerState())),
    onEpochEnd: () => void taken.push(model.trainerState()),
  })
  expect(await model.trainerState(), 'taking states changes nothing').toEqual(whole.state)
  const states = await Promise.all(taken)
  const perEpoch = Math.ceil(N / BATCH) + 1
  expect(states.map((s) => [s.epoch, s.position])).toEqual(
    [0, 1, 2].flatMap((epoch) => [...[4, 8, 12, 16, 20, 22].map((position) => [epoch, position]), [epoch + 1, 0]]),
  )
  for (const at of [2, perEpoch - 1, perEpoch + 3]) {
    using other = await compiled()
    await other.fit(data, { ...OPTIONS, state: states[at]! })
    expect(await other.trainerState()).toEqual(whole.state)
  }
})

describe('what is drawn depends on where training is', () => {
  test('three calls of one epoch are one call of three', async () => {
    const whole = await uninterrupted({ epochs: 3, batchSize: BATCH, seed: 7 })
    using model = await compiled()
    const logs = []
    for (let i = 0; i < 3; i++) logs.push((await model.fit(data, { batchSize: BATCH, seed: 7 })).epochs[0]!.logs)
    expect(logs).toEqual(whole.logs)
    expect(await model.trainerState()).toEqual(whole.state)
  })

  test('fit without a state begins an epoch, whatever was left unfinished', async () => {
    using model = await compiled()
    const stop = new AbortController()
    const onProgress = () => stop.abort(new Error('enough'))
    await expect(model.fit(data, { batchSize: BATCH, cacheFeatures: false, signal: stop.signal, onProgress })).rejects.toThrow('enough')
    expect(await model.trainerState()).toMatchObject({ epoch: 0, position: BATCH, step: 1 })
    await model.fit(data, { batchSize: BATCH })
    expect(await model.trainerState()).toMatchObject({ epoch: 2, position: 0, step: 1 + Math.ceil(N / BATCH) })
  })
})

test('a state holds what training changes, and of a finished training nothing is left to do', async () => {
  const { state } = await uninterrupted()
  const paths = ['hidden/kernel', 'hidden/bias', 'predictions/kernel', 'predictions/bias']
  expect(Object.keys(state)).toEqual(['epoch', 'step', 'position', 'seed', 'weights', 'moments', 'sums'])
  expect(Object.keys(state.weights)).toEqual(paths)
  expect(Object.keys(state.moments)).toEqual(paths.flatMap((path) => [`${path}/momentum`, `${path}/velocity`]))
  expect(state).toMatchObject({ epoch: 3, position: 0, sums: {} })
  using model = await compiled()
  expect((await model.fit(data, { ...OPTIONS, state })).epochs).toEqual([])
  expect(await model.trainerState()).toEqual(state)
})

test('a model that was not trained has a state too', async () => {
  using model = await compiled()
  const state = await model.trainerState()
  expect(state).toMatchObject({ epoch: 0, step: 0, position: 0, seed: 0, sums: {} })
  expect(state.moments['hidden/bias/momentum']).toEqual(new Float32Array(7))
  await model.fit(data, { ...OPTIONS, seed: 0, state })
  const whole = await uninterrupted({ ...OPTIONS, seed: 0 })
  expect(await model.trainerState()).toEqual(whole.state)
})

describe('refused', () => {
  const cases: [what: string, change: (s: TrainerState) => unknown, message: string][] = [
    ['no state', () => 7, '[fit] state must be what trainerState gave, got 7'],
    ['no step', ({ step: _, ...s }) => s, '[fit] state.step must be a whole number from 0, got undefined'],
    ['a position past the data', (s) => ({ ...s, position: 23 }), '[fit] state.position must be among the 22 samples, got 23'],
    ['no weights', (s) => ({ ...s, weights: undefined }), '[fit] state.weights must be a record, got undefined'],
    [
      'a weight of another size',
      (s) => ({ ...s, weights: { ...s.weights, 'hidden/bias': new Float32Array(8) } }),
      '[fit] state.weights must have hidden/bias, a Float32Array of 7 values, got 8 values',
    ],
    [
      'a weight of another model',
      (s) => ({ ...s, weights: { ...s.weights, 'other/bias': new Float32Array(8) } }),
      '[fit] state.weights must be of this model and its optimizer alone, got other/bias',
    ],
    [
      'moments of another optimizer',
      (s) => ({ ...s, moments: { 'hidden/kernel/accumulator': new Float32Array(42) } }),
      '[fit] state.moments must have hidden/kernel/momentum, a Float32Array of 42 values, got undefined',
    ],
    ['sums of other metrics', (s) => ({ ...s, sums: {} }), '[fit] state.sums must have loss, a Float32Array of 3 values, got undefined'],
  ]
  test.each(cases)('%s', async (_, change, message) => {
    const state = await interrupted('train', 0, BATCH)
    using model = await compiled()
    const before = await model.trainerState()
    const error = await model.fit(data, { batchSize: BATCH, state: change(state) as TrainerState }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ArgumentError)
    expect((error as Error).message).toBe(message)
    expect(await model.trainerState(), 'nothing has changed').toEqual(before)
  })

  test('a seed other than that of the state', async () => {
    const state = await interrupted('train', 0, BATCH)
    using model = await compiled(sgd())
    await expect(model.fit(data, { ...OPTIONS, seed: 8, state })).rejects.toThrow('[fit] seed must be that of state, 7, got 8')
  })
})
