/** Features of a frozen trunk that are kept in f16: half the bytes, the same wherever they are, and no further off than rounding. */
import { afterEach, describe, expect, test } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import { Network } from '../../src/layers/network.ts'
import { fromArray } from '../../src/parameter.ts'
import type { FitOptions, FitProgress } from '../../src/training/fit_options.ts'
import { Model } from '../../src/training/model.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import { useDevice } from '../support/device.ts'
import { values } from '../support/values.ts'
import { BATCH, D, HOST, N, OPTIONS, TRAINING, VALIDATION, bytesOf, data, headsOf, other } from '../support/stored_rows.ts'

const device = useDevice()
const { compiled, trained } = headsOf(device)

afterEach(() => {
  expect(device().live.buffers).toBe(0)
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
