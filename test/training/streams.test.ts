/** Data in batches: iterables, generators, functions that give them, datasets. The bits of tensors in memory; what goes wrong is told as it is. */
import { afterEach, describe, expect, test } from 'vitest'
import type { Batch, BatchLike, BatchOptions, Batches, Dataset } from '../../src/dataset.ts'
import { ArgumentError, DataError, ShapeError } from '../../src/errors.ts'
import { layers } from '../../src/layers/index.ts'
import { criteriaOf } from '../../src/training/criteria.ts'
import { Model } from '../../src/training/model.ts'
import { splitSamples } from '../../src/training/split_samples.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import type { FitOptions, FitProgress } from '../../src/training/fit_options.ts'
import type { Tensor } from '../../src/tensor.ts'
import { smallClassifier } from '../support/classifier.ts'
import { useDevice } from '../support/device.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const N = 22
const K = 3
const BATCH = 8
const SHAPE = [9, 8, 2]
const x = values([N, ...SHAPE], 1, 0, 1)
const y = Uint8Array.from({ length: N }, (_, i) => (i * 5) % K)
const data = { x, y }
const bytes: Tensor = { shape: x.shape, data: Uint8Array.from(x.data, (v) => v * 255) }
const IN_ORDER = { shuffle: false, batchSize: BATCH, cacheFeatures: false } as const

/** Samples from `begin` to `end`. */
const cut = (begin: number, end: number, from = x): Batch => ({
  x: { shape: [end - begin, ...SHAPE], data: from.data.slice(begin * 144, end * 144) as Float32Array },
  y: y.slice(begin, end),
})
const cuts = (ends: readonly number[], from = x) => ends.map((end, i) => cut(ends[i - 1] ?? 0, end, from))
const batches = cuts([8, 16, 22])

async function* later(items: Iterable<BatchLike>): AsyncGenerator<BatchLike> {
  for (const item of items) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    yield item
  }
}

function* endless(items: readonly BatchLike[]): Generator<BatchLike> {
  for (let i = 0; ; i++) yield items[i % items.length]!
}

const dataset = (seen: BatchOptions[] = [], of: Partial<Dataset> = {}): Dataset => ({
  count: N,
  batches(options) {
    seen.push(options)
    const ends = Array.from({ length: Math.ceil(N / options.batchSize) }, (_, i) => Math.min(N, (i + 1) * options.batchSize))
    return cuts(ends)
  },
  ...of,
})

async function compiled(model = smallClassifier(K, { dropout: 0.3 })): Promise<Model> {
  await model.compile({
    device: device(),
    optimizer: adam({ learningRate: 0.01 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  })
  return model
}

/** Logs and weights after a training. */
async function trained(given: Parameters<Model['fit']>[0], options: FitOptions) {
  using model = await compiled()
  const { epochs } = await model.fit(given, options)
  return { logs: epochs.map((e) => e.logs), weights: await model.getWeights() }
}

afterEach(() => {
  expect(device().live.buffers).toBe(0)
})

describe('fit takes', () => {
  const inMemory = { epochs: 2, validationData: data, ...IN_ORDER }
  let wanted: ReturnType<typeof trained> | undefined
  const forms: Record<string, () => Batches> = {
    'an array of batches': () => batches,
    'pairs [x, y]': () => batches.map(({ x, y }) => [x, y] as const),
    'an iterable': () => new Set(batches),
    'an async iterable': () => ({ [Symbol.asyncIterator]: () => later(batches) }),
    'a function that gives a generator': () => () => endless(batches),
    'a function that promises one': () => () => Promise.resolve(later(batches)),
    'a generator that goes on': () => endless(batches),
    'a dataset': () => dataset(),
  }
  test.each(Object.entries(forms))('%s: the bits of tensors in memory', async (name, form) => {
    const steps = name.includes('generator') ? { stepsPerEpoch: 3, validationSteps: 3 } : {}
    const batchSize = name === 'a dataset' ? { batchSize: BATCH } : {}
    expect(await trained(form(), { epochs: 2, validationData: form(), ...steps, ...batchSize })).toEqual(
      await (wanted ??= trained(data, inMemory)),
    )
  })

  test('bytes to the end', async () => {
    const options = { epochs: 1, ...IN_ORDER }
    const inBytes = await trained({ x: bytes, y }, options)
    expect(await trained(cuts([8, 16, 22], bytes as never), { epochs: 1 })).toEqual(inBytes)
    const clamped = cuts([8, 16, 22], bytes as never).map(({ x, y }) => ({
      x: { ...(x as Tensor), data: new Uint8ClampedArray((x as Tensor).data) },
      y,
    }))
    expect(await trained(clamped as never, { epochs: 1 })).toEqual(inBytes)
    const floats = { x: { shape: x.shape, data: Float32Array.from(bytes.data) }, y }
    const mixed = [cut(0, 8, floats.x), cut(8, 16, bytes as never), cut(16, 22, floats.x)]
    expect(await trained(mixed, { epochs: 1 })).toEqual(await trained(floats, options))
  })

  test('batches of whatever size, larger ones too', async () => {
    const run = (ends: number[], options: FitOptions = {}) => trained(cuts(ends), options)
    const one = await trained(data, { batchSize: N, shuffle: false, cacheFeatures: false })
    const { logs, weights } = await run([N], { batchSize: BATCH }) // a plan of its size
    expect(logs).toEqual(one.logs)
    expect(weights).toEqual(one.weights)
    const odd = await run([3, 16, 17, 22])
    expect(odd).toEqual(await run([3, 16, 17, 22], { batchSize: 13 }))
  })
})

describe('passes', () => {
  test('a dataset hears of epochs, seed, sizes and shuffling; a function is called for each', async () => {
    const seen: BatchOptions[] = []
    const validations: BatchOptions[] = []
    using model = await compiled()
    const stop = new AbortController()
    const of = { epochs: 2, seed: 7, shuffle: true, signal: stop.signal }
    await model.fit(dataset(seen, { batchSize: 5 }), { ...of, validationData: dataset(validations) })
    const common = { seed: 7, batchSize: 5, shuffle: true, signal: stop.signal }
    expect(seen).toEqual([0, 1].map((epoch) => ({ epoch, ...common })))
    expect(validations).toEqual([1, 2].map(() => ({ epoch: 0, seed: 0, batchSize: 32, shuffle: false, signal: stop.signal })))
    await model.fit(dataset(seen), { batchSize: 4 })
    expect(seen.at(-1)).toEqual({ epoch: 2, seed: 0, batchSize: 4, shuffle: undefined, signal: undefined })
    let calls = 0
    await model.fit(() => (calls++, batches), { epochs: 3 })
    expect(calls).toBe(3)
  })

  test('progress: samples in all where it is known', async () => {
    using model = await compiled()
    const of = async (given: Batches, options: FitOptions) => {
      const seen: FitProgress[] = []
      await model.fit(given, { ...options, onProgress: (p) => seen.push(p) })
      return seen.map(({ done, total }) => [done, total])
    }
    expect(await of(dataset(), { batchSize: 8 })).toEqual([8, 16, 22].map((done) => [done, N]))
    expect(await of(batches, {})).toEqual([8, 16, 22].map((done) => [done, Infinity]))
    expect(await of(endless(batches), { stepsPerEpoch: 2 })).toEqual([8, 16].map((done) => [done, 16]))
  })

  test('stepsPerEpoch and validationSteps: so many, of memory the first of the order; no batch is asked for that nobody takes', async () => {
    const first = { x: cut(0, 16).x as Tensor, y: y.slice(0, 16) }
    const wanted = await trained(first, { epochs: 2, validationData: first, ...IN_ORDER })
    const steps = { epochs: 2, stepsPerEpoch: 2, validationSteps: 2 }
    expect(await trained(data, { ...steps, validationData: data, ...IN_ORDER })).toEqual(wanted)
    expect(await trained(batches, { ...steps, validationData: batches })).toEqual(wanted)
    let asked = 0
    const counted = (function* () {
      for (const batch of endless(batches)) {
        asked++
        yield batch
      }
    })()
    using model = await compiled()
    await model.fit(counted, { epochs: 2, stepsPerEpoch: 2 })
    expect(asked).toBe(4)
    await model.evaluate(counted, { steps: 1 })
    expect((await model.predict(counted, { steps: 3 })).shape).toEqual([22, K])
    expect(asked).toBe(8)
  })

  test('batches are read ahead, by two', async () => {
    let asked = 0
    const given = later(batches.concat(batches))
    const next = given.next.bind(given)
    given.next = () => (asked++, next())
    const ahead: number[] = []
    using model = await compiled()
    const onProgress = ({ done }: FitProgress) => void (done && ahead.push(asked))
    await model.fit(given, { onProgress })
    expect(ahead.length).toBe(6)
    ahead.forEach((n, i) => expect(n).toBeLessThanOrEqual(i + 3))
    expect(asked).toBeLessThanOrEqual(8)
  })

  test('goes on from a state in the middle of an epoch to the bit', async () => {
    const options = { epochs: 2, seed: 3 }
    using whole = await compiled()
    await whole.fit(batches, options)
    using first = await compiled()
    const stop = new AbortController()
    const onProgress = ({ epoch, done }: FitProgress) => epoch === 1 && done === 16 && stop.abort(new Error('enough'))
    await expect(first.fit(batches, { ...options, signal: stop.signal, onProgress })).rejects.toThrow('enough')
    const state = await first.trainerState()
    expect(state.position).toBe(16)
    using second = await compiled()
    await second.fit(dataset(), { ...options, state, batchSize: BATCH })
    expect(await second.getWeights()).toEqual(await whole.getWeights())
    using third = await compiled()
    await expect(third.fit(cuts([9, 18, 22]), { ...options, state })).rejects.toThrow(
      '[fit] training goes on between two batches, so the batches must be those that the state was taken with, got one of samples 9 to 18 for position 16',
    )
    await expect(third.fit(endless(batches), { ...options, state, stepsPerEpoch: 3 })).rejects.toThrow('only with data that is read anew')
  })
})

describe('features', () => {
  test('are kept where that is asked for: one pass, and the bits of memory', async () => {
    const options = { epochs: 3, batchSize: BATCH }
    let calls = 0
    const once = () => (calls++, later(cuts([5, 20, 22])))
    const wanted = await trained(data, { ...options, validationData: data })
    expect(await trained(once, { ...options, validationData: data, cacheFeatures: true })).toEqual(wanted)
    expect(calls).toBe(1)
    expect(await trained(later(batches), { ...options, validationData: later(batches), cacheFeatures: true })).toEqual(wanted)
    expect(await trained(endless(batches), { ...options, validationData: data, stepsPerEpoch: 3, cacheFeatures: true })).toEqual(wanted)
  })
})

describe('evaluate and predict', () => {
  test('give what they give of memory, cut or filled up', async () => {
    using model = await compiled()
    const scores = await model.evaluate(data, { batchSize: BATCH })
    const predicted = await model.predict(x, { batchSize: BATCH })
    for (const given of [batches, () => later(batches), dataset()]) {
      expect(await model.evaluate(given, { batchSize: BATCH })).toEqual(scores)
      expect(await model.predict(given, { batchSize: BATCH })).toEqual(predicted)
    }
    expect(await model.predict(cuts([22]), { batchSize: BATCH })).toEqual(predicted)
    expect(await model.predict(cuts([2, 3, 9, 22]))).toEqual(predicted)
    expect(await model.predict(new Set(batches.map((b) => b.x as Tensor)))).toEqual(predicted)
    expect(await model.predict(batches.map(({ x }) => [x]))).toEqual(predicted)
    const seen: [number, number][] = []
    await model.predict(dataset(), { batchSize: 11, onProgress: (...p) => seen.push(p) })
    await model.evaluate(batches, { onProgress: (...p) => seen.push(p) })
    expect(seen).toEqual([
      [11, N],
      [22, N],
      [8, Infinity],
      [16, Infinity],
      [22, Infinity],
    ])
  })
})

describe('validationSplit', () => {
  test('of several outputs, of which one has no labels', () => {
    const input = layers.input({ shape: [2] })
    const outputs = [1, 2].map((units) => layers.dense({ units }).apply(input))
    const network = new Model({ inputs: input, outputs })
    const [samples, labels] = [values([4, 2], 3), values([4, 1], 4)]
    const given = { x: samples, y: [labels, null], sampleWeight: [[1, 2, 3, 4], null] }
    const part = (begin: number, end: number) => ({
      x: { shape: [end - begin, 2], data: samples.data.slice(2 * begin, 2 * end) },
      y: [{ shape: [end - begin, 1], data: labels.data.slice(begin, end) }, null],
      sampleWeight: [[1, 2, 3, 4].slice(begin, end), null],
    })
    const of = { network, criteria: criteriaOf(network, { loss: ['mse', null] }) }
    expect(splitSamples(given, of, 0.25)).toEqual([part(0, 3), part(3, 4)])
  })

  test('the last share, as it is, before anything is shuffled', async () => {
    const at = 15 // floor(22 * (1 - 0.3))
    const part = (begin: number, end: number) => cut(begin, end) as { x: Tensor; y: Uint8Array }
    const wanted = await trained(part(0, at), { epochs: 2, batchSize: BATCH, validationData: part(at, N) })
    expect(await trained(data, { epochs: 2, batchSize: BATCH, validationSplit: 0.3 })).toEqual(wanted)
    expect(await trained({ x, y: [...y] }, { epochs: 2, batchSize: BATCH, validationSplit: 0.3 })).toEqual(wanted)
    const labels: Tensor = { shape: [N], data: Float32Array.from(y) }
    const others = { x: [x], y: labels, sampleWeight: undefined } as never
    expect(await trained(others, { epochs: 2, batchSize: BATCH, validationSplit: 0.3 })).toEqual(wanted)
  })

  test.each([
    [data, { validationSplit: 1 }, '[fit] validationSplit must be between 0 and 1, got 1'],
    [data, { validationSplit: 0.99 }, '[fit] validationSplit must leave samples on both sides, got 0.99 of 22'],
    [
      data,
      { validationSplit: 0.5, validationData: data },
      '[fit] validationSplit must not be given together with validationData, got both',
    ],
    [
      batches,
      { validationSplit: 0.5 },
      '[fit] validationSplit is for samples in memory (imageDataset has one of its own), got 0.5 and data in batches',
    ],
    [{ x, y: [9] }, { validationSplit: 0.5 }, '[fit] there must be a label for every sample, got 1 labels and 22 samples'],
  ] as [never, FitOptions, string][])('%#', async (given, options, message) => {
    using model = await compiled()
    await expect(model.fit(given, options)).rejects.toThrow(message)
  })
})

describe('what goes wrong', () => {
  const bad = (batch: unknown) => [batches[0]!, batches[1]!, batch] as Batch[]
  const wide = values([4, 9, 9, 2], 1)
  const mine = new Error('the camera is gone')
  const throwing = function* () {
    yield* batches.slice(0, 2)
    throw mine
  }
  const cases: [string, () => unknown, FitOptions, (new (...args: never[]) => Error) | Error, string][] = [
    [
      'a label out of range',
      () => bad({ ...batches[2], y: [0, 1, 3, 0, 0, 0] }),
      {},
      DataError,
      '[labels] batch 2: a label must be a whole number from 0 to 2, got 3 at index 2',
    ],
    [
      'another shape',
      () => bad({ x: wide, y: [0, 1, 2, 0] }),
      {},
      ShapeError,
      "[fit] batch 2: samples must have the input's shape [null,9,8,2], got [4,9,9,2]",
    ],
    [
      'labels of another number',
      () => bad({ x: batches[2]!.x, y: [1] }),
      {},
      DataError,
      '[fit] batch 2: there must be a label for every sample, got 1 labels and 6 samples',
    ],
    [
      'no labels',
      () => bad({ x: batches[2]!.x }),
      {},
      ArgumentError,
      '[fit] batch 2: data must be { x, y }, samples and their labels, got an object with x',
    ],
    ['no batch', () => bad(undefined), {}, ArgumentError, '[fit] batch 2: data must be { x, y }, samples and their labels, got undefined'],
    ['too many parts', () => bad([1, 2, 3, 4]), {}, ArgumentError, '[fit] batch 2: a batch must be { x, y } or [x, y], got an array of 4'],
    [
      'floats after bytes',
      () => [cut(0, 8, bytes as never), batches[1]],
      {},
      ArgumentError,
      '[fit] batch 1: samples must be bytes as those before, got floats',
    ],
    [
      'an empty iterable',
      () => new Set(),
      {},
      DataError,
      '[fit] data must give at least one batch, got none (an iterator gives its batches once)',
    ],
    ['a generator that throws', () => throwing, {}, mine, 'the camera is gone'],
    [
      'one that ends early',
      () => batches,
      { stepsPerEpoch: 4 },
      DataError,
      '[fit] data must give 4 batches in a pass, got 3 (an iterator gives its batches once)',
    ],
    ['no iterable', () => () => 5, {}, ArgumentError, '[fit] data must give batches that can be iterated over, got 5'],
    [
      'an iterator for two epochs',
      () => later(batches),
      { epochs: 2 },
      ArgumentError,
      '[fit] data for several epochs must be read anew (a function that gives the iterator) or have stepsPerEpoch, got an iterator',
    ],
    [
      'an iterator for two validations',
      () => batches,
      { epochs: 2, validationData: endless(batches) },
      ArgumentError,
      '[fit] validationData for several epochs must be read anew (a function that gives the iterator) or have validationSteps, got an iterator',
    ],
    [
      'shuffling',
      () => batches,
      { shuffle: true },
      ArgumentError,
      '[fit] shuffle is for samples in memory and datasets, got true and batches, which come as they are',
    ],
    ['steps', () => batches, { stepsPerEpoch: 0 }, ArgumentError, '[fit] stepsPerEpoch must be a positive whole number, got 0'],
    [
      'validation steps alone',
      () => batches,
      { validationSteps: 2 },
      ArgumentError,
      '[fit] validationSteps are for a validation, got 2 and no validationData',
    ],
  ]
  test.each(cases)('%s: weights as of the last good step', async (name, given, options, type, message) => {
    using model = await compiled()
    const before = await model.getWeights()
    let steps = 0
    const onProgress = () => void steps++
    const error = await model.fit(given() as never, { ...options, onProgress }).then(
      () => Promise.reject(new Error('nothing was refused')),
      (e: unknown) => e,
    )
    if (type === mine) expect(error).toBe(mine)
    else expect(error).toBeInstanceOf(type as never)
    expect((error as Error).message).toBe(message)
    using other = await compiled()
    if (steps) await other.fit(name.includes('bytes') ? [cut(0, 8, bytes as never)] : batches.slice(0, steps))
    expect(await model.getWeights()).toEqual(steps ? await other.getWeights() : before)
    await model.fit(batches) // and it goes on
  })

  test('a used generator', async () => {
    using model = await compiled()
    const once = later(batches)
    await model.fit(once)
    await expect(model.fit(once)).rejects.toThrow('[fit] data must give at least one batch, got none (an iterator gives its batches once)')
    await expect(model.predict(later([]))).rejects.toThrow('[predict] data must give at least one batch')
  })

  test('NaN in a batch: the loss says so', async () => {
    using model = await compiled()
    const nan = cut(8, 16)
    ;(nan.x as Tensor).data[100] = NaN
    await expect(model.fit([batches[0]!, nan])).rejects.toThrow('the loss must be finite')
  })

  test('an abort while a batch is waited for ends at once, and what was opened is closed', async () => {
    using model = await compiled()
    let closed = 0
    const slow = async function* () {
      try {
        yield batches[0]!
        await new Promise((resolve) => setTimeout(resolve, 200))
        yield batches[1]!
      } finally {
        closed++
      }
    }
    const stop = new AbortController()
    const fitting = model.fit(slow, { signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) })
    await expect(fitting).rejects.toThrow('enough')
    await new Promise((resolve) => setTimeout(resolve, 250))
    expect(closed).toBe(1)
    const validation = model.fit(() => slow(), { validationData: slow, stepsPerEpoch: 1, validationSteps: 1 })
    await validation
    expect(closed, 'those that are left before their end').toBe(3)
    await expect(model.fit(batches, { validationData: throwing, epochs: 2 })).rejects.toBe(mine)
  })
})
