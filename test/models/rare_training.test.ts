/** Rare layers train as in real Keras: one step of SGD from recipe weights (test/golden/make_rare_training.py). And what of them is refused. */
import { expect, test } from 'vitest'
import { LayerConfig } from '../../src/layers/config.ts'
import { layers } from '../../src/layers/index.ts'
import type { Layer, SymbolicTensor } from '../../src/layers/layer.ts'
import { layerFromConfig } from '../../src/layers/registry.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import type { Tensor } from '../../src/tensor.ts'
import { Model } from '../../src/training/model.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import cases from '../golden/models/rare_training.json' with { type: 'json' }
import '../support/all_classes.ts'
import { useDevice } from '../support/device.ts'
import { expectOutput } from '../support/golden.ts'
import { recipePictures, useRecipe } from '../support/recipe.ts'

const device = useDevice()

test.each(cases)('$name', async ({ config, shape, weights }) => {
  using model = modelFromConfig(config, 3)
  useRecipe(model)
  await model.compile({ device: device(), optimizer: sgd({ learningRate: 0.5 }), loss: 'meanSquaredError' })
  const y = { shape: [4, 2], data: Float32Array.from([0, 0, 0.25, 1, 0.5, 0, 0.75, 1]) }
  await model.fit({ x: recipePictures([4, ...shape], [1, 0]), y }, { batchSize: 4, epochs: 1 })
  const after = await model.getWeights()
  const golden = Object.entries(weights as object as Readonly<Record<string, readonly number[]>>)
  // Keras has the name of the whole before those of its parts.
  expect(model.weights.map((w) => w.path)).toEqual(golden.map(([path]) => path.split('/').slice(-2).join('/')))
  golden.forEach(([, values], i) => expectOutput(after[i] as Tensor, values))
})

const made = (className: string, config = {}): Layer =>
  layerFromConfig(new LayerConfig(className, { name: className.toLowerCase(), ...config }, 3))!

const input = layers.input({ shape: [5, 3] })
const masked = made('Masking').apply(input)
const model = (y: SymbolicTensor) => new Model({ inputs: input, outputs: y })
const x = { shape: [1, 5, 3], data: new Float32Array(15) }

test('what a mask would reach, and is not done with it, is refused by its name', async () => {
  const predicting = async (y: SymbolicTensor) => {
    using whole = model(y)
    await whole.compile({ device: device() })
    await whole.predict(x)
  }
  const softmax = layers.softmax({ name: 'shares' }).apply(masked)
  await expect(predicting(softmax)).rejects.toThrow(/^\[shares\] a layer of the class Softmax must not get a sequence with a mask/)
  const step = layers.input({ shape: [3] })
  const mean = layers.globalAveragePooling1d().apply(layers.reshape({ targetShape: [3, 1] }).apply(step))
  const means = new Model({ inputs: step, outputs: mean })
  const each = layers.timeDistributed({ name: 'each', layer: means }).apply(masked)
  await expect(predicting(each)).rejects.toThrow(/^\[each\] a layer of the class TimeDistributed must not get a sequence with a mask/)
  const first = layers.globalAveragePooling1d({ name: 'mean', dataFormat: 'channelsFirst' }).apply(masked)
  await expect(predicting(first)).rejects.toThrow(/^\[mean\] .* with its channels first, got one/)
  const pooled = layers.globalAveragePooling1d().apply(layers.batchNormalization({ name: 'bn' }).apply(masked))
  const training = async (y: SymbolicTensor) => {
    using whole = model(y)
    await whole.compile({ device: device(), optimizer: sgd(), loss: 'meanSquaredError' })
    await whole.fit({ x, y: { shape: [1, ...(y.shape.slice(1) as number[])], data: new Float32Array(y.shape.length === 2 ? 3 : 15) } })
  }
  await predicting(pooled)
  await expect(training(pooled)).rejects.toThrow(/^\[bn\] .* while it trains/)
  const steps = layers.dense({ units: 3, name: 'steps' }).apply(masked)
  await training(steps)
  await training(layers.conv1d({ filters: 3, kernelSize: 1 }).apply(masked))
})

test('an evaluation that averages over what layers draw refuses a mask', async () => {
  const pictures = layers.input({ shape: [4, 4, 3] })
  using whole = new Model({ inputs: pictures, outputs: layers.dense({ units: 2, name: 'pixels' }).apply(made('Masking').apply(pictures)) })
  await whole.compile({ device: device(), loss: 'meanSquaredError' })
  const data = { x: { shape: [1, 4, 4, 3], data: new Float32Array(48) }, y: { shape: [1, 4, 4, 2], data: new Float32Array(32) } }
  const rule = /^\[pixels\] an output with a loss or a metric must not have a mask in an evaluation that averages predictions/
  await expect(whole.evaluate(data, { augment: [layers.randomFlip()] })).rejects.toThrow(rule)
})

test('masks are saved', () => {
  expect(made('Masking', { mask_value: -1 }).getConfig()).toMatchObject({ mask_value: -1 })
  expect(made('Embedding', { input_dim: 3, output_dim: 2, mask_zero: true }).getConfig()).toMatchObject({ mask_zero: true })
  expect(() => made('Masking', { mask_value: 'a' })).toThrow('[masking (Masking)] mask_value must be a number, got "a"')
})
