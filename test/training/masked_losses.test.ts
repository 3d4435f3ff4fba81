/** Losses and metrics of outputs with masks, as Keras 3.15 computes them (test/golden/make_masked_losses.py). And what of them is refused. */
import { describe, expect, test } from 'vitest'
import { LayerConfig } from '../../src/layers/config.ts'
import { layers } from '../../src/layers/index.ts'
import { layerFromConfig } from '../../src/layers/registry.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import type { LossName } from '../../src/training/losses/index.ts'
import { Model } from '../../src/training/model.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import cases from '../golden/models/masked_losses.json' with { type: 'json' }
import '../support/all_classes.ts'
import { useDevice } from '../support/device.ts'
import { expectOutput } from '../support/golden.ts'
import { useRecipe } from '../support/recipe.ts'

const device = useDevice()

const METRICS: Readonly<Record<string, string>> = {
  mean_absolute_error: 'meanAbsoluteError',
  root_mean_squared_error: 'rootMeanSquaredError',
  categorical_accuracy: 'categoricalAccuracy',
  sparse_categorical_accuracy: 'sparseCategoricalAccuracy',
  binary_accuracy: 'binaryAccuracy',
  precision: 'precision',
}

const tensor = ({ shape, data }: { shape: readonly number[]; data: readonly number[] }) => ({ shape, data: Float32Array.from(data) })

test.each(cases)('$loss', async ({ loss, metrics, config, before, while: fitted, weights, ...data }) => {
  using model = modelFromConfig(config, 3)
  useRecipe(model)
  const names = metrics.map((m) => METRICS[m]!) as 'accuracy'[]
  await model.compile({ device: device(), optimizer: sgd({ learningRate: 0.5 }), loss: loss as LossName, metrics: names })
  const samples = { x: tensor(data.x), y: tensor(data.y) }
  const wanted = (logs: object) => ({ ...logs }) as Record<string, number>
  const close = (ours: Readonly<Record<string, number>>, theirs: Record<string, number>) => {
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort())
    // Means of at most 45 values below 10.
    for (const [name, value] of Object.entries(theirs)) expect(Math.abs(ours[name]! - value), name).toBeLessThan(1e-5)
  }
  close(await model.evaluate(samples, { batchSize: 2 }), wanted(before))
  const { epochs } = await model.fit(samples, { batchSize: 2, epochs: 1, shuffle: false })
  close(epochs[0]!.logs, wanted(fitted))
  const after = await model.getWeights()
  after.forEach((w, i) => expectOutput(w, weights[i]!))
})

describe('is refused', () => {
  const input = layers.input({ shape: [5, 3] })
  const y = layers.dense({ units: 2, name: 'steps' }).apply(layers.masking().apply(input))
  const data = { x: { shape: [2, 5, 3], data: new Float32Array(30) }, y: { shape: [2, 5, 2], data: new Float32Array(20) } }
  const compiled = async () => {
    const model = new Model({ inputs: input, outputs: y })
    await model.compile({ device: device(), optimizer: sgd(), loss: 'meanSquaredError' })
    return model
  }

  test('beside weights of samples', async () => {
    using model = await compiled()
    const rule = /^\[steps\] an output with a loss or a metric must not have a mask where samples have weights/
    await expect(model.evaluate({ ...data, sampleWeight: [1, 2] })).rejects.toThrow(rule)
  })

  test('in parts of a batch, of which none knows how many steps of the others count', async () => {
    using model = await compiled()
    const rule = '[fit] microBatch must be batchSize where an output with a loss has a mask, got 1 and 2'
    await expect(model.fit(data, { batchSize: 2, microBatch: 1 })).rejects.toThrow(rule)
  })

  test('where it is of fewer axes than the output has steps', async () => {
    const apart = layers.timeDistributed({ name: 'apart', layer: layers.reshape({ targetShape: [3, 1] }) })
    using model = new Model({ inputs: input, outputs: apart.apply(layers.masking().apply(input)) })
    await model.compile({ device: device(), loss: 'meanSquaredError' })
    const values = { ...data, y: { shape: [2, 5, 3, 1], data: new Float32Array(30) } }
    await expect(model.evaluate(values)).rejects.toThrow(/^\[apart\] an output .* must not have a mask of another shape, \[2,5\]/)
  })

  test('in a model of Keras 2, where that makes another mask', async () => {
    const older = layerFromConfig(new LayerConfig('Masking', { name: 'masking' }, 2))!
    const sum = layers.add({ name: 'sum' }).apply([older.apply(input), layers.relu().apply(input)])
    using model = new Model({ inputs: input, outputs: sum })
    await model.compile({ device: device(), loss: 'meanSquaredError' })
    const values = { ...data, y: { shape: [2, 5, 3], data: new Float32Array(30) } }
    await expect(model.evaluate(values)).rejects.toThrow(
      /^\[sum\] an output .* must not have a mask that Keras 2 and 3 make differently, as behind sum/,
    )
  })
})

test('where nothing counts, the loss is 0', async () => {
  const input = layers.input({ shape: [4, 6] })
  using model = new Model({ inputs: input, outputs: layers.dense({ units: 2 }).apply(layers.masking().apply(input)) })
  await model.compile({ device: device(), loss: 'meanSquaredError' })
  const data = { x: { shape: [2, 4, 6], data: new Float32Array(48) }, y: { shape: [2, 4, 2], data: new Float32Array(16).fill(1) } }
  expect(await model.evaluate(data)).toEqual({ loss: 0 })
})
