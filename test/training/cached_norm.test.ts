/** Normalisations within samples that train behind a frozen trunk whose outputs are kept: what belongs to a sample stays with it, whatever the order. */
import { expect, test } from 'vitest'
import type { Layer } from '../../src/layers/layer.ts'
import { layers } from '../../src/layers/index.ts'
import { fromArray } from '../../src/parameter.ts'
import { Model } from '../../src/training/model.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import { useDevice } from '../support/device.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const [N, C, RATE, EPSILON] = [6, 4, 0.5, 1e-3]

/** The weights after one step over all samples in float64. @param group values that are normalised together */
function stepped(x: Float32Array, t: Float32Array, [gamma, beta]: readonly Float32Array[], group: number): [number[], number[]] {
  const [g, b] = [[...gamma!], [...beta!]]
  for (let n = 0; n < N * C; n += group) {
    const row = [...x.subarray(n, n + group)]
    const mean = row.reduce((a, v) => a + v, 0) / group
    const variance = row.reduce((a, v) => a + (v - mean) ** 2, 0) / group
    row.forEach((v, i) => {
      const k = (n + i) % C
      const normal = (v - mean) / Math.sqrt(variance + EPSILON)
      const slope = (2 * (normal * gamma![k]! + beta![k]! - t[n + i]!)) / (N * C)
      g[k]! -= RATE * slope * normal
      b[k]! -= RATE * slope
    })
  }
  return [g, b]
}

const norms: [string, number, () => Layer][] = [
  ['layer', C, () => layers.layerNormalization({ name: 'norm' })],
  ['group', C / 2, () => layers.groupNormalization({ groups: 2, name: 'norm' })],
]

test.each(norms)('%s normalisation', async (_, group, norm) => {
  const input = layers.input({ shape: [C] })
  const doubled = layers.rescaling({ scale: 2 }).apply(input)
  const layer = norm()
  using model = new Model({ inputs: input, outputs: layer.apply(doubled) })
  layer.weights.forEach((w, i) => (w.source = fromArray(w.shape, values(w.shape, 30 + i, 0.5, 1.5).data)))
  await model.compile({ device: device(), optimizer: sgd({ learningRate: RATE }), loss: 'meanSquaredError' })
  const [x, t] = [values([N, C], 1), values([N, C], 2)]
  // Rows of very different means and sizes, so that those of another one are far off.
  const data = x.data.map((v, i) => v * (1 + Math.floor(i / C)) + 3 * Math.floor(i / C))
  const before = (await model.getWeights()).map((w) => w.data as Float32Array)
  const expected = stepped(
    data.map((v) => 2 * v),
    t.data,
    before,
    group,
  )
  await model.fit({ x: { ...x, data }, y: t }, { batchSize: N, shuffle: true, seed: 3 })
  const after = await model.getWeights()
  // A mean and a variance of four values below 50, whose root divides differences above 0.1, and a sum of six such products.
  after.forEach((w, i) => w.data.forEach((v, k) => expect(Math.abs(v - expected[i]![k]!), `${i}, ${k}`).toBeLessThan(2e-5)))
})
