/** A frozen batch normalisation between thawed layers: it passes gradients on, and its own weights stay as they are. */
import { expect, test } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import { fromArray } from '../../src/parameter.ts'
import { toCategorical } from '../../src/training/losses/index.ts'
import { Model } from '../../src/training/model.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import { headStep } from '../reference/head.ts'
import { useDevice } from '../support/device.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const [N, C, HIDDEN, K] = [8, 5, 6, 3]
const RATE = 0.1

test('one step of gradient descent is that of a dense layer with scaled weights, its gradients scaled likewise', async () => {
  const input = layers.input({ shape: [C] })
  const norm = layers.batchNormalization({ name: 'norm', trainable: false })
  const hidden = layers.dense({ units: HIDDEN, name: 'hidden' }).apply(input)
  const active = layers.relu().apply(norm.apply(hidden))
  using model = new Model({ inputs: input, outputs: layers.dense({ units: K, activation: 'softmax', name: 'predictions' }).apply(active) })
  norm.weights.forEach((w, i) => (w.source = fromArray(w.shape, values(w.shape, 20 + i, 0.5, 1.5).data)))
  await model.compile({ device: device(), optimizer: sgd({ learningRate: RATE }), loss: 'sparseCategoricalCrossentropy' })
  const weights = async () => (await model.getWeights()).map((t) => Float64Array.from(t.data))

  const [w, b, gamma, beta, mean, variance, w2, b2] = (await weights()) as [Float64Array, Float64Array, ...Float64Array[]]
  const scale = gamma!.map((g, k) => g / Math.sqrt(variance![k]! + 1e-3))
  const x = values([N, C], 1)
  const y = Uint8Array.from({ length: N }, (_, n) => n % K)
  const { grads } = headStep({ x: Float64Array.from(x.data), t: Float64Array.from(toCategorical(y, K).data), count: N }, [
    { w: w.map((v, i) => v * scale[i % HIDDEN]!), b: b.map((v, k) => (v - mean![k]!) * scale[k]! + beta![k]!) },
    { w: w2!, b: b2! },
  ])
  const step = (before: Float64Array, g: Float64Array, factor: (i: number) => number) => before.map((v, i) => v - RATE * g[i]! * factor(i))
  const expected = [
    ...[step(w, grads[0]!.w, (i) => scale[i % HIDDEN]!), step(b, grads[0]!.b, (k) => scale[k]!)],
    ...[gamma!, beta!, mean!, variance!],
    ...[step(w2!, grads[1]!.w, () => 1), step(b2!, grads[1]!.b, () => 1)],
  ]

  await model.fit({ x, y }, { batchSize: N, shuffle: false })
  const after = await weights()
  expect(after.slice(2, 6)).toEqual(expected.slice(2, 6))
  // Sums of at most 8 products of values below 10, and a step of a tenth of them.
  after.forEach((t, i) => t.forEach((v, j) => expect(Math.abs(v - expected[i]![j]!), `weight ${i}, element ${j}`).toBeLessThan(1e-5)))
})
