/** A share of the samples for validation, as Keras takes it. */
import { afterEach, describe, expect, test } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import type { Tensor } from '../../src/tensor.ts'
import { criteriaOf } from '../../src/training/criteria.ts'
import type { FitOptions } from '../../src/training/fit_options.ts'
import { Model } from '../../src/training/model.ts'
import { splitSamples } from '../../src/training/split_samples.ts'
import { useDevice } from '../support/device.ts'
import { batches, BATCH, classifiers, cut, data, N, x, y } from '../support/stream_batches.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const { compiled, trained } = classifiers(device)

afterEach(() => {
  expect(device().live.buffers).toBe(0)
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
