/** Training a head on a frozen trunk: values against the f64 oracle, caching, seeds, statistics, progress. */
import { describe, expect, test } from 'vitest'
import { nthSeed, shuffled } from '../../src/random.ts'
import { toCategorical } from '../../src/training/losses/index.ts'
import type { FitProgress } from '../../src/training/fit_options.ts'
import type { Model } from '../../src/training/model.ts'
import { adam, sgd, type Optimizer } from '../../src/training/optimizers/index.ts'
import { adamOracle, headStep, sgdOracle, type DenseWeights, type Update } from '../reference/head.ts'
import { smallClassifier } from '../support/classifier.ts'
import { useDevice } from '../support/device.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const N = 22
const K = 3
const BATCH = 8
const labels = Uint8Array.from({ length: N }, (_, i) => (i * 5) % K)
const pictures = values([N, 9, 8, 2], 1, 0, 1)
const data = { x: pictures, y: labels }

const smallModel = (options: { dropout?: number } = {}) => smallClassifier(K, options)

const LOSS = 'sparseCategoricalCrossentropy' as const

/** Features that the frozen trunk gives, [N,6], from the engine's own prediction. */
async function features(model: Model): Promise<Float64Array> {
  using cut = model.until('pool')
  await cut.compile({ device: device() })
  return Float64Array.from((await cut.predict(pictures)).data)
}

async function headWeights(model: Model): Promise<DenseWeights[]> {
  const all = await model.getWeights()
  const of = (path: string) => Float64Array.from(all[model.weights.findIndex((w) => w.path === path)]!.data)
  return ['hidden', 'predictions'].map((name) => ({ w: of(`${name}/kernel`), b: of(`${name}/bias`) }))
}

/** What the oracle makes of the same data: mean loss of each epoch, and the weights at the end. */
function oracleFit(x: Float64Array, weights: DenseWeights[], update: Update, epochs: number, seed: number): number[] {
  const C = x.length / N
  const t = Float64Array.from(toCategorical(labels, K).data)
  const losses: number[] = []
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(N, nthSeed(seed, epoch))
    let sum = 0
    for (let begin = 0; begin < N; begin += BATCH) {
      const rows = [...order.subarray(begin, begin + BATCH)]
      const take = (from: Float64Array, width: number) =>
        Float64Array.from(rows.flatMap((r) => [...from.subarray(r * width, (r + 1) * width)]))
      const step = headStep({ x: take(x, C), t: take(t, K), count: rows.length }, weights)
      sum += step.loss * rows.length
      step.grads.forEach((g, i) => {
        update(weights[i]!.w, g.w)
        update(weights[i]!.b, g.b)
      })
    }
    losses.push(sum / N)
  }
  return losses
}

/** rtol 2e-3 of the tensor's largest value: the gradients' tolerance, carried through a few steps. */
function expectNear(actual: Float64Array, expected: Float64Array): void {
  const scale = expected.reduce((m, v) => Math.max(m, Math.abs(v)), 0)
  const worst = expected.reduce((m, v, i) => Math.max(m, Math.abs(v - actual[i]!)), 0)
  expect(worst).toBeLessThanOrEqual(2e-3 * scale)
}

describe('against the oracle', () => {
  const cases: { name: string; optimizer: () => Optimizer; oracle: () => Update }[] = [
    { name: 'adam', optimizer: () => adam({ learningRate: 0.01 }), oracle: () => adamOracle(0.01) },
    { name: 'sgd', optimizer: () => sgd({ learningRate: 0.1 }), oracle: () => sgdOracle(0.1) },
    { name: 'sgd with momentum', optimizer: () => sgd({ learningRate: 0.1, momentum: 0.9 }), oracle: () => sgdOracle(0.1, 0.9) },
    {
      name: 'sgd with nesterov',
      optimizer: () => sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
      oracle: () => sgdOracle(0.1, 0.9, true),
    },
  ]
  test.each(cases)('$name: three epochs with a padded last batch', async ({ optimizer, oracle }) => {
    using model = smallModel()
    const x = await features(model)
    await model.compile({ device: device(), optimizer: optimizer(), loss: LOSS })
    const weights = await headWeights(model)
    const history = await model.fit(data, { epochs: 3, batchSize: BATCH, seed: 5 })
    const losses = oracleFit(x, weights, oracle(), 3, 5)
    history.epochs.forEach((e, i) => expect(Math.abs(e.logs.loss - losses[i]!)).toBeLessThan(2e-3 * losses[i]!))
    const trained = await headWeights(model)
    trained.forEach((layer, i) => {
      expectNear(layer.w, weights[i]!.w)
      expectNear(layer.b, weights[i]!.b)
    })
  })

  test('evaluate gives loss and accuracy of all samples, whatever the batch size', async () => {
    using model = smallModel()
    const x = await features(model)
    await model.compile({ device: device(), loss: LOSS, metrics: ['accuracy'] })
    const weights = await headWeights(model)
    const { loss } = headStep({ x, t: Float64Array.from(toCategorical(labels, K).data), count: N }, weights)
    const probabilities = await model.predict(pictures)
    const right = [...labels].filter((label, n) => {
      const row = [...probabilities.data.subarray(n * K, n * K + K)]
      return row.indexOf(Math.max(...row)) === label
    })
    for (const batchSize of [1, 5, 22, 64]) {
      const scores = await model.evaluate(data, { batchSize })
      expect(Math.abs(scores.loss - loss)).toBeLessThan(1e-4 * loss)
      expect(scores['accuracy']).toBeCloseTo(right.length / N, 6)
    }
  })
})

describe('the frozen trunk', () => {
  test('with and without cached features training gives the same bits', async () => {
    const run = async (cacheFeatures: boolean) => {
      using model = smallModel({ dropout: 0.3 })
      await model.compile({ device: device(), optimizer: adam(), loss: LOSS, metrics: ['accuracy'] })
      const { epochs } = await model.fit(data, { epochs: 2, batchSize: BATCH, cacheFeatures, validationData: data })
      return epochs.map((e) => e.logs)
    }
    expect(await run(true)).toEqual(await run(false))
  })

  test('keeps every weight and moving statistic bit-identical', async () => {
    using model = smallModel()
    await model.compile({ device: device(), optimizer: adam(), loss: LOSS })
    const before = await model.getWeights()
    await model.fit(data, { epochs: 2, batchSize: BATCH })
    const after = await model.getWeights()
    model.weights.forEach((w, i) => {
      if (w.layer.startsWith('trunk')) expect(after[i]).toEqual(before[i])
      else expect(after[i]!.data).not.toEqual(before[i]!.data)
    })
  })

  test('runs once per sample: later epochs report no features', async () => {
    using model = smallModel()
    await model.compile({ device: device(), optimizer: adam(), loss: LOSS })
    const seen: FitProgress[] = []
    const { trunkSeconds } = await model.fit(data, {
      epochs: 2,
      batchSize: BATCH,
      featureBatchSize: 4,
      validationData: data,
      onProgress: (p) => seen.push(p),
    })
    expect(trunkSeconds).toBeGreaterThan(0)
    expect(seen.filter((p) => p.phase === 'features').at(-1)).toEqual({ phase: 'features', epoch: 0, epochs: 2, done: 2 * N, total: 2 * N })
    expect(seen.filter((p) => p.phase === 'train').map((p) => p.done)).toEqual([8, 16, 22, 8, 16, 22])
    expect(seen.filter((p) => p.phase === 'validate').at(-1)).toEqual({ phase: 'validate', epoch: 1, epochs: 2, done: N, total: N })
  })
})

describe('randomness', () => {
  const train = async (seed: number) => {
    using model = smallModel({ dropout: 0.5 })
    await model.compile({ device: device(), optimizer: sgd({ learningRate: 0.1 }), loss: LOSS })
    await model.fit(data, { epochs: 2, batchSize: BATCH, seed })
    return (await headWeights(model))[0]!.w
  }

  test('the same seed gives the same bits, another seed others', async () => {
    const first = await train(1)
    expect(await train(1)).toEqual(first)
    expect(await train(2)).not.toEqual(first)
  })

  test('dropout is off in predict and evaluate', async () => {
    using model = smallModel({ dropout: 0.5 })
    using plain = smallModel()
    await model.compile({ device: device() })
    await plain.compile({ device: device() })
    expect(await model.predict(pictures)).toEqual(await plain.predict(pictures))
  })
})

test('training separates classes that can be separated', async () => {
  const bright = Float32Array.from({ length: N * 144 }, (_, i) =>
    labels[Math.floor(i / 144)] === 1 ? 1 : labels[Math.floor(i / 144)] === 2 && i % 2 ? 1 : 0,
  )
  using model = smallModel()
  await model.compile({ device: device(), optimizer: adam({ learningRate: 0.05 }), loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
  const { epochs } = await model.fit(
    { x: { shape: [N, 9, 8, 2], data: bright }, y: toCategorical(labels, K) },
    { epochs: 30, batchSize: BATCH },
  )
  expect(epochs.at(-1)!.logs['accuracy']).toBe(1)
})
