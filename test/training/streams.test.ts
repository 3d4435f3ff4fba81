/** Data in batches: iterables, generators, functions that give them, datasets. The bits of tensors in memory. */
import { afterEach, describe, expect, test } from 'vitest'
import type { BatchOptions, Batches } from '../../src/dataset.ts'
import type { FitOptions, FitProgress } from '../../src/training/fit_options.ts'
import type { Tensor } from '../../src/tensor.ts'
import { useDevice } from '../support/device.ts'
import {
  BATCH,
  IN_ORDER,
  K,
  N,
  batches,
  bytes,
  classifiers,
  cut,
  cuts,
  data,
  dataset,
  endless,
  later,
  x,
  y,
} from '../support/stream_batches.ts'

const device = useDevice()
const { compiled, trained } = classifiers(device)

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
