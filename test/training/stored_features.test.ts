/** Features of a frozen trunk, and targets, that stay on the device while a head is trained: the bits of those in the host's memory, and no traffic. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openDevice, type Device, type OpenDeviceOptions } from '../../src/device/device.ts'
import { DeviceError } from '../../src/errors.ts'
import { layers } from '../../src/layers/index.ts'
import type { SymbolicTensor } from '../../src/layers/layer.ts'
import { Network } from '../../src/layers/network.ts'
import { fromArray } from '../../src/parameter.ts'
import type { FitOptions, FitProgress } from '../../src/training/fit_options.ts'
import { Model } from '../../src/training/model.ts'
import { adam, sgd } from '../../src/training/optimizers/index.ts'
import { smallClassifier } from '../support/classifier.ts'
import { useDevice } from '../support/device.ts'
import { openGpu } from '../support/gpu.ts'
import { writtenBy } from '../support/traffic.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const [N, K, BATCH] = [22, 3, 8]
/** Features of a sample. */
const D = 6
/** Bytes of the features of all samples, with their targets. */
const bytesOf = (count: number) => 4 * count * (D + 1)
const labelled = (count: number, seed: number) => ({
  x: values([count, 9, 8, 2], seed, 0, 1),
  y: Uint8Array.from({ length: count }, (_, i) => (i * 5) % K),
})
const [data, few] = [labelled(N, 1), labelled(7, 2)]
const OPTIONS: FitOptions = { epochs: 2, batchSize: BATCH, seed: 7, validationData: few }

afterEach(() => {
  expect(device().live.buffers).toBe(0)
})

async function compiled(on: Device = device(), dropout = 0.4): Promise<Model> {
  const model = smallClassifier(K, { dropout })
  const loss = 'sparseCategoricalCrossentropy'
  await model.compile({ device: on, optimizer: adam({ learningRate: 0.01 }), loss, metrics: ['accuracy'] })
  return model
}

/** What training leaves. */
async function trained(on: Device = device(), options: FitOptions = OPTIONS) {
  using model = await compiled(on)
  const { epochs } = await model.fit(data, options)
  return { logs: epochs.map((e) => e.logs), state: await model.trainerState() }
}

/**
 * Buffers on a device that hold rows, by their labels: those that are made from now on, and those of them that are there.
 * @param full whether there is no room for a buffer of this label, while so many rows are there
 */
function watchRows(on: Device, full: (label: string, rows: number) => boolean = () => false) {
  const made = new Map<GPUBuffer, string>()
  const all: string[] = []
  const [create, destroy] = [on.createBuffer.bind(on), on.destroyBuffer.bind(on)]
  vi.spyOn(on, 'createBuffer').mockImplementation((label, ...rest) => {
    if (full(label, made.size)) throw new DeviceError('out-of-memory', 'full')
    const buffer = create(label, ...rest)
    if (!label.startsWith('rows/')) return buffer
    made.set(buffer, label.slice(5))
    all.push(label.slice(5))
    return buffer
  })
  vi.spyOn(on, 'destroyBuffer').mockImplementation((buffer) => {
    made.delete(buffer)
    destroy(buffer)
  })
  return { all, live: made }
}

async function other<T>(options: OpenDeviceOptions, job: (on: Device, rows: ReturnType<typeof watchRows>) => Promise<T>): Promise<T> {
  const on = await openDevice({ gpu: await openGpu(), ...options })
  try {
    const rows = watchRows(on)
    const result = await job(on, rows)
    expect([...rows.live.values()], 'rows left').toEqual([])
    expect(on.live.buffers, 'buffers left').toBe(0)
    return result
  } finally {
    on.dispose()
  }
}

const HOST = { featureMemory: 0 }
const TRAINING = ['training feature0', 'training t0']
const VALIDATION = ['validation feature0', 'validation t0']

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
    for (let i = 0; i < 2; i++) await fit(1) // a plan whose memory the next one has changed notices at its next run
    const [two, one] = [await writtenBy(on, () => fit(2)), await writtenBy(on, () => fit(1))]
    return two.bytes - one.bytes
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
    await fit(1)
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

describe('features in f16', () => {
  const HALVES: FitOptions = { ...OPTIONS, featureType: 'f16' }
  const half = (count: number) => 4 * count * (Math.ceil(D / 2) + 1)

  test('are the same wherever they are kept: on the device or in the host', async () => {
    const wanted = await trained(device(), HALVES)
    expect(wanted).not.toEqual(await trained())
    expect(await trained(device(), HALVES)).toEqual(wanted)
    expect(await other(HOST, (on, { all }) => trained(on, HALVES).finally(() => expect(all).toEqual([])))).toEqual(wanted)
    expect(await trained(device(), { ...HALVES, featureBatchSize: 5 })).toEqual(wanted)
  })

  test('are the same of samples that come in batches', async () => {
    const chunk = (begin: number) => {
      const count = Math.min(BATCH, N - begin)
      const size = 9 * 8 * 2
      return {
        x: { shape: [count, 9, 8, 2], data: data.x.data.subarray(begin * size, (begin + count) * size) },
        y: data.y.subarray(begin, begin + count),
      }
    }
    const batches = [0, BATCH, 2 * BATCH].map(chunk)
    const state = async (given: Parameters<Model['fit']>[0], cacheFeatures?: true) => {
      using model = await compiled()
      await model.fit(given, {
        epochs: 2,
        batchSize: BATCH,
        seed: 7,
        featureType: 'f16',
        ...(cacheFeatures && { cacheFeatures }),
      })
      return (await model.trainerState()).weights
    }
    expect(await state(batches, true)).toEqual(await state(data))
  })

  test('take half the bytes on the device', async () => {
    const bytes = half(N) + half(7)
    expect(bytes).toBeLessThan(bytesOf(N) + bytesOf(7))
    const wanted = await trained(device(), HALVES)
    await other({ featureMemory: bytes }, async (on, { all, live }) => {
      const sizes: number[] = []
      const onProgress = ({ phase }: FitProgress) => void (phase === 'train' && sizes.push(...[...live.keys()].map((b) => b.size)))
      expect(await trained(on, { ...HALVES, onProgress })).toEqual(wanted)
      expect(all).toEqual([...TRAINING, ...VALIDATION])
      expect(sizes.slice(0, 2)).toEqual([4 * N * 3, 4 * N].map((size) => 16 * Math.ceil(size / 16)))
    })
  })

  /** A frozen trunk of rows of so many features, and a linear head whose loss is that of its weights: they do not move. */
  function linear(features: number): { trunk: Network; model: Model; head: Float32Array<ArrayBuffer> } {
    const inner = layers.input({ shape: [5] })
    const trunk = new Network({ inputs: inner, outputs: layers.dense({ units: features, activation: 'relu' }).apply(inner), name: 'trunk' })
    trunk.weights.forEach((w, i) => (w.source = fromArray(w.shape, values(w.shape, i + 1, -1, 2).data)))
    trunk.trainable = false
    const inputs = layers.input({ shape: [5] })
    const model = new Model({ inputs, outputs: layers.dense({ units: 2, useBias: false }).apply(trunk.apply(inputs)) })
    const w = model.weights.at(-1)!
    const head = values(w.shape, 9).data
    w.source = fromArray(w.shape, head)
    return { trunk, model, head }
  }

  test.each([7, 64])('of %i values a sample change a loss by no more than their rounding', async (features) => {
    const { trunk, model, head } = linear(features)
    const x = values([12, 5], 3)
    const y = { shape: [12, 2], data: new Float32Array(24).fill(100) } // farther than any prediction: the loss is 100 - mean(y)
    using seen = new Model({ inputs: trunk.input, outputs: trunk.outputs[0]! })
    await seen.compile({ device: device() })
    const { data: f } = await seen.predict(x)
    await model.compile({ device: device(), optimizer: sgd({ learningRate: 0 }), loss: 'meanAbsoluteError' })
    const lossOf = async (featureType: 'f16' | 'f32') => (await model.fit({ x, y }, { featureType, shuffle: false })).epochs[0]!.logs.loss
    const difference = Math.abs((await lossOf('f16')) - (await lossOf('f32')))
    let [rounding, sums] = [0, 0]
    for (let n = 0; n < 12; n++)
      for (let d = 0; d < features; d++)
        for (let k = 0; k < 2; k++) {
          const [w, v] = [Math.abs(head[d * 2 + k]!), Math.abs(f[n * features + d]!)]
          rounding += (w * Math.max(2 ** -11 * v, 2 ** -25)) / 24
          sums += (w * v) / 24
        }
    const inF32 = 2 * 2 ** -23 * ((features + 4) * sums + (24 + 4) * 100) // two losses, each of sums of products and of 24 differences
    expect(difference).toBeGreaterThan(0)
    expect(difference).toBeLessThanOrEqual(rounding + inF32)
    model.dispose()
  })

  test('that are too large make the loss infinite, and fit says so', async () => {
    const { model } = linear(4)
    await model.compile({ device: device(), optimizer: sgd({ learningRate: 0 }), loss: 'meanAbsoluteError' })
    const [x, y] = [
      { shape: [1, 5], data: new Float32Array(5).fill(1e6) },
      { shape: [1, 2], data: new Float32Array(2) },
    ]
    await model.fit({ x, y })
    await expect(model.fit({ x, y }, { featureType: 'f16' })).rejects.toThrow('the loss must be finite')
    model.dispose()
  })

  test('are refused where none are kept', async () => {
    using model = await compiled()
    const fit = (options: object) => model.fit(data, options)
    await expect(fit({ featureType: 'u8' })).rejects.toThrow('[fit] featureType must be f32 or f16, got')
    await expect(fit({ featureType: 'f16', cacheFeatures: false })).rejects.toThrow(
      '[fit] featureType is for features that are kept, got f16 and cacheFeatures false',
    )
  })
})
