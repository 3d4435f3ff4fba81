/** Small samples in batches of every form, and a model for them. */
import type { Batch, BatchLike, BatchOptions, Dataset } from '../../src/dataset.ts'
import type { Device } from '../../src/device/device.ts'
import type { Tensor } from '../../src/tensor.ts'
import type { Model } from '../../src/training/model.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import type { FitOptions } from '../../src/training/fit_options.ts'
import { smallClassifier } from './classifier.ts'
import { values } from './values.ts'

export const N = 22
export const K = 3
export const BATCH = 8
export const SHAPE = [9, 8, 2]
export const x = values([N, ...SHAPE], 1, 0, 1)
export const y = Uint8Array.from({ length: N }, (_, i) => (i * 5) % K)
export const data = { x, y }
export const bytes: Tensor = { shape: x.shape, data: Uint8Array.from(x.data, (v) => v * 255) }
export const IN_ORDER = { shuffle: false, batchSize: BATCH, cacheFeatures: false } as const

/** Samples from `begin` to `end`. */
export const cut = (begin: number, end: number, from = x): Batch => ({
  x: { shape: [end - begin, ...SHAPE], data: from.data.slice(begin * 144, end * 144) as Float32Array },
  y: y.slice(begin, end),
})
export const cuts = (ends: readonly number[], from = x) => ends.map((end, i) => cut(ends[i - 1] ?? 0, end, from))
export const batches = cuts([8, 16, 22])

export async function* later(items: Iterable<BatchLike>): AsyncGenerator<BatchLike> {
  for (const item of items) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    yield item
  }
}

export function* endless(items: readonly BatchLike[]): Generator<BatchLike> {
  for (let i = 0; ; i++) yield items[i % items.length]!
}

export const dataset = (seen: BatchOptions[] = [], of: Partial<Dataset> = {}): Dataset => ({
  count: N,
  batches(options) {
    seen.push(options)
    const ends = Array.from({ length: Math.ceil(N / options.batchSize) }, (_, i) => Math.min(N, (i + 1) * options.batchSize))
    return cuts(ends)
  },
  ...of,
})

/** What trains on these batches, on a device. */
export function classifiers(device: () => Device) {
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

  return { compiled, trained }
}
