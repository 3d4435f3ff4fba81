/** Features of a frozen trunk, and targets, that stay on the device while a head is trained: the bits of those in the host's memory, and no traffic. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openDevice, type Device } from '../../src/device/device.ts'
import type { OpenDeviceOptions } from '../../src/device/device_options.ts'
import { layers } from '../../src/layers/index.ts'
import type { SymbolicTensor } from '../../src/layers/layer.ts'
import { Network } from '../../src/layers/network.ts'
import { fromArray } from '../../src/parameter.ts'
import type { FitOptions, FitProgress } from '../../src/training/fit_options.ts'
import { Model } from '../../src/training/model.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import { useDevice } from '../support/device.ts'
import { openGpu } from '../support/gpu.ts'
import { writtenBy } from '../support/traffic.ts'
import { values } from '../support/values.ts'

import {
  BATCH,
  D,
  HOST,
  K,
  N,
  OPTIONS,
  TRAINING,
  VALIDATION,
  bytesOf,
  data,
  few,
  headsOf,
  labelled,
  other,
  watchRows,
} from '../support/stored_rows.ts'

const device = useDevice()
const { compiled, trained } = headsOf(device)

afterEach(() => {
  expect(device().live.buffers).toBe(0)
})

describe('the same bits', () => {
  test.each([1, 4, 5, 7, 22, 64])('with a trunk that runs by %i, as from the host and as without', async (featureBatchSize) => {
    const wanted = await other(HOST, (on, { all }) => trained(on).finally(() => expect(all).toEqual([])))
    expect(await trained(device(), { ...OPTIONS, featureBatchSize })).toEqual(wanted)
    expect(await trained(device(), { ...OPTIONS, cacheFeatures: false })).toEqual(wanted)
  })

  test('when it goes on where a training with features in the host was interrupted, and the other way round', async () => {
    const wanted = await trained()
    const interrupted = async (on: Device) => {
      using model = await compiled(on)
      const stop = new AbortController()
      const onProgress = (p: FitProgress) => void (p.phase === 'train' && p.done === 2 * BATCH && stop.abort(new Error('enough')))
      await expect(model.fit(data, { ...OPTIONS, signal: stop.signal, onProgress })).rejects.toThrow('enough')
      return await model.trainerState()
    }
    const goOn = async (on: Device, state: FitOptions['state'] & object) => {
      using model = await compiled(on)
      const { epochs } = await model.fit(data, { ...OPTIONS, state })
      return { logs: epochs.map((e) => e.logs), state: await model.trainerState() }
    }
    await other(HOST, async (host) => {
      expect(await goOn(device(), await interrupted(host))).toEqual(wanted)
      expect(await goOn(host, await interrupted(device()))).toEqual(wanted)
    })
  })

  test('with other data at each call: the plans are those of before where there are as many, the rows are new', async () => {
    using model = await compiled()
    using fresh = await compiled()
    for (const samples of [data, labelled(N, 3), few, data]) {
      await model.fit(samples, OPTIONS)
      await fresh.fit(samples, { ...OPTIONS, cacheFeatures: false })
    }
    expect(await model.trainerState()).toEqual(await fresh.trainerState())
  })
})

describe('what goes to the device at a step', () => {
  const steps = Math.ceil(N / BATCH)
  /** The running sums of loss and accuracy, set to 0 before a pass. */
  const sums = 2 * 12
  /** Step size and what else changes with the step, the seed of the dropout, and the rows before. */
  const hyper = 4 * adam().hyperSize + 8

  /** Bytes of one more epoch, when all plans are there. */
  async function bytesOfEpoch(on: Device, options: FitOptions = {}): Promise<number> {
    using model = await compiled(on)
    const fit = (epochs: number) => model.fit(data, { ...OPTIONS, validationData: undefined as never, ...options, epochs })
    const bytes = async (epochs: number) => (await writtenBy(on, () => fit(epochs))).bytes
    await fit(1)
    // A plan whose memory the next one has changed, or whose cheaper kernels are there, writes its sizes anew at its next run.
    let one = await bytes(1)
    for (let before = -1, left = 8; one !== before && left; left--) [before, one] = [one, await bytes(1)]
    return (await bytes(2)) - one
  }

  test('is numbers of rows and their weights, no feature and no target', async () => {
    expect(await bytesOfEpoch(device())).toBe(steps * (BATCH * 4 * 3 + hyper) + sums)
    const fromHost = await other(HOST, (on) => bytesOfEpoch(on))
    expect(fromHost).toBe(steps * (BATCH * 4 * (D + 1 + 2) + hyper) + sums)
  })

  test('is so in validation, too', async () => {
    const training = steps * (BATCH * 4 * 3 + hyper) + sums
    const validation = Math.ceil(7 / BATCH) * BATCH * 4 * 2 + sums
    expect(await bytesOfEpoch(device(), { validationData: few })).toBe(training + validation)
  })

  test('and of the features, nothing comes back', async () => {
    using model = await compiled()
    const made = vi.spyOn(device(), 'createBuffer')
    await model.fit(data, OPTIONS)
    const readbacks = made.mock.calls.filter(([label]) => label === 'readback').map(([, bytes]) => bytes)
    made.mockRestore()
    expect(readbacks.length).toBeGreaterThan(0)
    expect(Math.max(...readbacks), 'running sums').toBe(12)
  })

  test('is in one submit a step: nothing is prepared again', async () => {
    using model = await compiled()
    const fit = async (epochs: number) => {
      const submits = vi.spyOn(device(), 'submit')
      await model.fit(data, { ...OPTIONS, epochs })
      const { length } = submits.mock.calls.filter(([what]) => what === 'plan')
      submits.mockRestore()
      return length
    }
    // Where cheaper kernels come while it runs, a plan is prepared once more.
    let [before, one] = [-1, await fit(1)]
    for (let left = 8; one !== before && left; left--) [before, one] = [one, await fit(1)]
    expect((await fit(3)) - (await fit(2))).toBe(steps + 1)
  })
})

describe('where there is no room', () => {
  const wanted = () => trained()
  const cases: [what: string, options: OpenDeviceOptions, stored: string[]][] = [
    ['all of it fits', { featureMemory: bytesOf(N) + bytesOf(7) }, [...TRAINING, ...VALIDATION]],
    ['the training alone', { featureMemory: bytesOf(N) + bytesOf(7) - 4 }, TRAINING],
    ['the validation alone', { featureMemory: bytesOf(N) - 4 }, VALIDATION],
    ['none', { featureMemory: bytesOf(7) - 4 }, []],
  ]
  test.each(cases)('%s', async (_, options, stored) => {
    await other(options, async (on, { all }) => {
      expect(await trained(on)).toEqual(await wanted())
      expect(all).toEqual(stored)
    })
  })

  test.each([
    ['that exceeds a binding', 300, 4 * 300 * D - 4],
    ['that fits one, but not its buffer', 301, 4 * 301 * D],
  ])('a tensor %s stays in the host', async (_, count, limit) => {
    const many = labelled(count, 4) // what a batch needs is less than the limit
    const run = async (on: Device) => {
      using model = await compiled(on)
      await model.fit(many, { batchSize: BATCH, featureBatchSize: 1 })
      return await model.trainerState()
    }
    const whole = await run(device())
    await other({ maxTensorBytes: limit }, async (on, { all }) => {
      expect(await run(on)).toEqual(whole)
      expect(all).toEqual([])
    })
  })

  test.each([...TRAINING, 'validation t0'])('out of memory at %s', async (label) => {
    const on = await openDevice({ gpu: await openGpu() })
    const { live } = watchRows(on, (name) => name === `rows/${label}`)
    expect(await trained(on)).toEqual(await wanted())
    expect(live.size).toBe(0)
    expect(on.live.buffers).toBe(0)
    on.dispose()
  })

  test('for the plan of the trunk, once there are tensors for its features: these go', async () => {
    const on = await openDevice({ gpu: await openGpu() })
    let plans = 0
    const { live } = watchRows(on, (label, rows) => label === 'sizes' && rows > 0 && ++plans === 1)
    const held: string[][] = []
    const onProgress = ({ phase }: FitProgress) => void (phase === 'train' && held.push([...live.values()]))
    expect(await trained(on, { ...OPTIONS, onProgress })).toEqual(await wanted())
    expect(held[0], 'the others had room').toEqual(VALIDATION)
    expect(on.live.buffers).toBe(0)
    on.dispose()
  })

  test('for the plan that trains, once the features are there', async () => {
    const on = await openDevice({ gpu: await openGpu() })
    let plans = 0
    const { all, live } = watchRows(on, (label, rows) => label === 'sizes' && rows === 4 && ++plans > 1) // the first is the trunk's
    expect(await trained(on)).toEqual(await wanted())
    expect(plans).toBeGreaterThan(1)
    expect(all).toEqual([...TRAINING, ...VALIDATION])
    expect(live.size).toBe(0)
    expect(on.live.buffers).toBe(0)
    on.dispose()
  })
})

describe('nothing of it stays', () => {
  test('when training is over, while the plans do', async () => {
    await other({}, async (on, { all, live }) => {
      using model = await compiled(on)
      await model.fit(data, OPTIONS)
      expect(all).toEqual([...TRAINING, ...VALIDATION])
      expect(live.size).toBe(0)
      expect((await model.predict(data.x)).shape).toEqual([N, K])
    })
  })

  const phases: FitProgress['phase'][] = ['features', 'train', 'validate']
  const ends: [how: string, end: (model: Model, stop: AbortController) => void, error: object][] = [
    ['it is aborted', (_, stop) => stop.abort(new Error('enough')), { message: 'enough' }],
    [
      'the page makes a mistake',
      () => {
        throw new Error('a mistake of the page')
      },
      { message: 'a mistake of the page' },
    ],
    ['the model is disposed', (model) => model.dispose(), { code: 'disposed' }],
  ]
  describe.each(ends)('when %s', (_, end, error) => {
    test.each(phases)('in %s', async (phase) => {
      await other({}, async (on, { live }) => {
        using model = await compiled(on)
        const stop = new AbortController()
        const onProgress = (p: FitProgress) => p.phase === phase && end(model, stop)
        await expect(model.fit(data, { ...OPTIONS, signal: stop.signal, onProgress })).rejects.toMatchObject(error)
        expect(live.size).toBe(0)
      })
    })
  })

  test('when the device is lost', async () => {
    await other({}, async (on, { live }) => {
      using model = await compiled(on)
      const onProgress = ({ phase }: FitProgress) => void (phase === 'train' && on.gpu.destroy())
      await expect(model.fit(data, { ...OPTIONS, onProgress, recover: false })).rejects.toMatchObject({ code: 'lost' })
      expect(live.size).toBe(0)
    })
  })
})

describe('trunks whose last op is no tensor of rows by itself', () => {
  const outer = () => layers.input({ shape: [9, 8, 2] })
  const conv = (x: SymbolicTensor) => layers.conv2d({ filters: 4, kernelSize: 3 }).apply(x)
  const trunks: Record<string, (x: SymbolicTensor) => SymbolicTensor> = {
    'a concat that is computed in place': (x) => layers.concatenate().apply([conv(x), conv(x)]),
    'a dense layer that sees a sample as several rows': (x) => layers.dense({ units: 5 }).apply(conv(x)),
  }

  async function trainedOn(trunk: (x: SymbolicTensor) => SymbolicTensor, options: FitOptions) {
    const inner = outer()
    const frozen = new Network({ inputs: inner, outputs: trunk(inner), name: 'trunk' })
    frozen.weights.forEach((w, i) => (w.source = fromArray(w.shape, values(w.shape, i + 1, -0.5, 0.5).data)))
    frozen.trainable = false
    const inputs = outer()
    const flat = layers.flatten().apply(frozen.apply(inputs))
    using model = new Model({ inputs, outputs: layers.dense({ units: K, activation: 'softmax', name: 'predictions' }).apply(flat) })
    await model.compile({ device: device(), optimizer: adam({ learningRate: 0.01 }), loss: 'sparseCategoricalCrossentropy' })
    const { epochs } = await model.fit(data, options)
    return epochs.map((e) => e.logs)
  }

  test.each(Object.entries(trunks))('%s: the bits of a training without a cache', async (_, trunk) => {
    const without = await trainedOn(trunk, { ...OPTIONS, cacheFeatures: false })
    expect(await trainedOn(trunk, OPTIONS)).toEqual(without)
  })
})
