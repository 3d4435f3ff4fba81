/** Losses and metrics that a user writes: objects that add their nodes to the graph. */
import { afterEach, describe, expect, test } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import * as ops from '../../src/kernels/index.ts'
import { fromArray } from '../../src/parameter.ts'
import type { Loss } from '../../src/training/losses/index.ts'
import { meanMetric, type Metric } from '../../src/training/metrics/index.ts'
import { Model } from '../../src/training/model.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import { useDevice } from '../support/device.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const [N, C, HIDDEN, K, BATCH, RATE] = [6, 5, 7, 3, 4, 0.5]
const data = { x: values([N, C], 1), y: Uint8Array.from({ length: N }, (_, i) => i % K) }

afterEach(() => {
  expect(device().live.buffers).toBe(0)
})

function network(): Model {
  const input = layers.input({ shape: [C] })
  const hidden = layers.dense({ units: HIDDEN, activation: 'relu', name: 'hidden' }).apply(input)
  const model = new Model({ inputs: input, outputs: layers.dense({ units: K, activation: 'softmax', name: 'predictions' }).apply(hidden) })
  model.weights.forEach((w, i) => (w.source = fromArray(w.shape, values(w.shape, 10 + i).data)))
  return model
}

/** The mean over the classes of what a probability is too large. Labels are class numbers; targets have the shape that globalAvgPool takes. */
const excess: Loss = {
  name: 'excess',
  targets(_where, y, count) {
    const labels = Array.from(y as ArrayLike<number>)
    return { shape: [count, 1, K, 1], data: Float32Array.from(labels.flatMap((label) => [0, 1, 2].map((k) => (k === label ? 1 : 0)))) }
  },
  loss(g, y, t) {
    const [batch] = y.shape as [number]
    const difference = g.add(ops.combine, [g.view(y, t.shape), t], { kind: 'subtract', activation: 'linear' })
    return g.view(g.add(ops.globalAvgPool, [g.add(ops.activation, [difference], { activation: 'relu' })], {}), [batch])
  },
}

/** Mean probability of the right class. */
const confidence = meanMetric('confidence', (g, y, t) => {
  const right = g.add(ops.combine, [g.view(y, t.shape), t], { kind: 'multiply', activation: 'linear' })
  return g.view(g.add(ops.globalAvgPool, [right], {}), [y.shape[0]!])
})

/** How many samples a pass has seen. */
const seen: Metric = {
  name: 'seen',
  sums: 3,
  add: (g, { weight }, sums) => void g.update(ops.accumulateMean, [weight, weight], [sums], {}),
  result: (sums) => sums[0]!,
}

/** Probabilities [n,K] in f64. */
function forward([w1, b1, w2, b2]: readonly Float64Array[], rows: readonly number[]): number[][] {
  return rows.map((n) => {
    const x = data.x.data.subarray(n * C, n * C + C)
    const h = Array.from(b1!, (b, j) =>
      Math.max(
        0,
        x.reduce((sum, v, c) => sum + v * w1![c * HIDDEN + j]!, b),
      ),
    )
    const z = Array.from(b2!, (b, k) => h.reduce((sum, v, j) => sum + v * w2![j * K + k]!, b))
    const e = z.map((v) => Math.exp(v - Math.max(...z)))
    return e.map((v) => v / e.reduce((a, b) => a + b))
  })
}

const target = (n: number, k: number) => (data.y[n] === k ? 1 : 0)
const meanOver = (rows: readonly number[], of: (p: readonly number[], n: number) => number, weights: readonly Float64Array[]) =>
  forward(weights, rows).reduce((sum, p, i) => sum + of(p, rows[i]!), 0) / rows.length
const lossOf = (p: readonly number[], n: number) => p.reduce((sum, v, k) => sum + Math.max(0, v - target(n, k)), 0) / K

/** One step of gradient descent, by central differences. */
function step(weights: readonly Float64Array[], rows: readonly number[]): Float64Array[] {
  const h = 1e-6
  return weights.map((w) =>
    w.map((value, i) => {
      const at = (v: number) => {
        w[i] = v
        const loss = meanOver(rows, lossOf, weights)
        w[i] = value
        return loss
      }
      return value - (RATE * (at(value + h) - at(value - h))) / (2 * h)
    }),
  )
}

test('train, with a padded last batch, as numeric differentiation does', async () => {
  using model = network()
  await model.compile({ device: device(), optimizer: sgd({ learningRate: RATE }), loss: excess, metrics: [confidence, seen] })
  const before = (await model.getWeights()).map((t) => Float64Array.from(t.data))
  const batches = [
    [0, 1, 2, 3],
    [4, 5],
  ]
  const losses = [before, step(before, batches[0]!)]
  const after = step(losses[1]!, batches[1]!)
  const { epochs } = await model.fit(data, { batchSize: BATCH, shuffle: false, validationData: data })

  const trained = await model.getWeights()
  after.forEach((w, i) => w.forEach((v, j) => expect(Math.abs(v - trained[i]!.data[j]!), `weight ${i}, element ${j}`).toBeLessThan(1e-5)))
  const [logs] = epochs.map((e) => e.logs)
  expect(Object.keys(logs!)).toEqual(['loss', 'confidence', 'seen', 'val_loss', 'val_confidence', 'val_seen'])
  const mean = batches.reduce((sum, rows, i) => sum + meanOver(rows, lossOf, losses[i]!) * rows.length, 0) / N
  expect(logs!.loss).toBeCloseTo(mean, 5)
  expect([logs!['seen'], logs!['val_seen']]).toEqual([N, N])
  expect(logs!['val_confidence']).toBeCloseTo(
    meanOver([0, 1, 2, 3, 4, 5], (p, n) => p[data.y[n]!]! / K, after),
    5,
  )
})

describe('evaluate', () => {
  test('gives the loss and the metrics, whatever the batch size', async () => {
    using model = network()
    await model.compile({ device: device(), loss: excess, metrics: [seen, confidence] })
    const weights = (await model.getWeights()).map((t) => Float64Array.from(t.data))
    const rows = [0, 1, 2, 3, 4, 5]
    for (const batchSize of [1, 4, 6, 32]) {
      const logs = await model.evaluate(data, { batchSize })
      expect(Object.keys(logs)).toEqual(['loss', 'seen', 'confidence'])
      expect(logs.loss).toBeCloseTo(meanOver(rows, lossOf, weights), 5)
      expect(logs['confidence']).toBeCloseTo(
        meanOver(rows, (p, n) => p[data.y[n]!]! / K, weights),
        5,
      )
      expect(logs['seen']).toBe(N)
    }
  })

  test('with a loss that looks at no targets', async () => {
    using model = network()
    const loss: Loss = {
      name: 'own',
      loss: (g, y) => g.view(g.add(ops.globalAvgPool, [g.view(y, [y.shape[0]!, 1, K, 1])], {}), [y.shape[0]!]),
    }
    await model.compile({ device: device(), loss })
    expect((await model.evaluate({ x: data.x, y: values([N, K], 3) })).loss).toBeCloseTo(1 / K, 6)
  })

  test('a metric that is not finite is NaN, a loss that is not is refused', async () => {
    using model = network()
    const scale = (name: string, factor: number): Metric & Loss => {
      const node: Loss['loss'] = (g, y) => {
        const mean = g.add(ops.globalAvgPool, [g.view(y, [y.shape[0]!, 1, K, 1])], {})
        return g.view(g.add(ops.rescale, [g.add(ops.rescale, [mean], { scale: factor, offset: 0 })], { scale: factor, offset: 0 }), [
          y.shape[0]!,
        ])
      }
      return { ...meanMetric(name, node), loss: node }
    }
    await model.compile({ device: device(), loss: scale('small', 1), metrics: [scale('large', 1e30)] })
    expect(await model.evaluate({ x: data.x, y: values([N, K], 3) })).toEqual({ loss: expect.closeTo(1 / K, 6) as number, large: NaN })
    await model.compile({ device: device(), loss: scale('large', 1e30) })
    await expect(model.evaluate({ x: data.x, y: values([N, K], 3) })).rejects.toThrow('[evaluate] the loss must be finite, got NaN')
  })
})

describe('refused', () => {
  const wanted = [N, K]
  test.each<[string, Loss, unknown, string]>([
    [
      'a loss that is not one value a sample',
      { name: 'own', loss: (_, y) => y },
      values(wanted, 1),
      '[own] a loss must give a value for each sample, [8], got [8,3]',
    ],
    [
      'targets that are not rows of the samples',
      { ...excess, targets: () => values([N - 1, K], 1) },
      data.y,
      '[excess] targets must have a row for each of 6 samples, got [5,3] with 15 values',
    ],
    [
      'labels where the output is meant',
      { ...excess, targets: undefined },
      data.y,
      '[evaluate] targets must be a tensor of shape [6,3], got Uint8Array',
    ],
    [
      'targets of another shape',
      { ...excess, targets: undefined },
      values([N, 4], 1),
      '[evaluate] targets must have shape [6,3], got [6,4]',
    ],
  ])('%s', async (_, loss, y, message) => {
    using model = network()
    await model.compile({ device: device(), loss })
    await expect(model.evaluate({ x: data.x, y: y as Uint8Array })).rejects.toThrow(message)
  })
})
