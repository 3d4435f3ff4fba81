/** Compares the fine-tuning of whole networks with what real Keras computed (test/golden/make_finetune.py). */
import { expect } from 'vitest'
import type { Device } from '../../src/device/device.ts'
import { layers } from '../../src/layers/index.ts'
import type { Network } from '../../src/layers/network.ts'
import { sizeOf } from '../../src/shape.ts'
import { Model } from '../../src/training/model.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import { recipeDirection, recipePictures, useRecipe } from './recipe.ts'

export interface GoldenTuning {
  readonly size: number
  readonly batch: number
  readonly steps: number
  /** Factor and offset of the recipe's pixels. */
  readonly pixels: readonly number[]
  /** Of the features. */
  readonly scale: number
  readonly rate: number
  readonly momentum: number
  readonly classes: number
  /** Of each step, before it. */
  readonly losses: readonly number[]
  /** By `layer/weight`, of its change: the norm, and the product with the recipe's direction. */
  readonly weights: Readonly<Record<string, readonly number[]>>
}

/** The network with its statistics kept, pooled, and a classifier on it, with recipe weights. */
function tunedModel(network: Network, { scale, classes }: Pick<GoldenTuning, 'scale' | 'classes'>): Model {
  const input = layers.input({ shape: network.inputs[0]!.shape.slice(1) })
  const pooled = layers.globalAveragePooling2d({ name: 'pool' }).apply(network.apply(input, { training: false }))
  const features = layers.rescaling({ scale, name: 'scaled' }).apply(pooled)
  const model = new Model({
    inputs: input,
    outputs: layers.dense({ units: classes, activation: 'softmax', name: 'predictions' }).apply(features),
  })
  useRecipe(model)
  return model
}

/** Of a weight's change: its size, and its product with a direction that no change was made for; both in f64. */
function measured(before: Float32Array, after: Float32Array, name: string) {
  let [squares, weight] = [0, 0]
  const change = Float64Array.from(after, (v, i) => v - before[i]!)
  for (const v of change) squares += v * v
  for (const v of before) weight += v * v
  const direction = recipeDirection(name, change.length)
  const product = change.reduce((sum, v, i) => sum + v * direction[i]!, 0)
  return { norm: Math.sqrt(squares), product, weight: Math.sqrt(weight) }
}

/**
 * Every weight's change within 1e-3 of its norm, and what no f32 computation is free of: the sum of weight and step is rounded in each step, by up
 * to 2^-24 of the weight. The product with a direction of unit deviation deviates by the norm of the error: four times that.
 */
export async function expectTuning(device: Device, network: Network, golden: GoldenTuning): Promise<void> {
  const { size, batch, steps, pixels, classes, rate, momentum, losses } = golden
  using model = tunedModel(network, golden)
  const x = recipePictures([steps * batch, size, size, 3], pixels)
  const y = Uint8Array.from({ length: steps * batch }, (_, n) => (n * 5) % classes)
  await model.compile({ device, optimizer: sgd({ learningRate: rate, momentum }), loss: 'sparseCategoricalCrossentropy' })
  const { epochs } = await model.fit({ x, y }, { batchSize: batch, shuffle: false })
  const mean = losses.reduce((a, b) => a + b, 0) / losses.length
  expect(Math.abs(epochs[0]!.logs['loss'] / mean - 1)).toBeLessThan(1e-3)

  const after = await model.getWeights()
  const names = model.weights.map((w) => w.path.split('/').slice(-2).join('/'))
  const recipe = await Promise.all(model.weights.map((w) => w.source.read(0, sizeOf(w.shape))))
  const wrong = names.flatMap((name, i) => {
    const before = recipe[i]!
    const data = Float32Array.from(after[i]!.data)
    const [norm = 0, product = 0] = golden.weights[name] ?? []
    if (!norm) return before.every((v, k) => v === data[k]) ? [] : [`${name} moved, and must not`] // frozen statistics, to the bit
    const ours = measured(before, data, name)
    const off = 1e-3 * norm + steps * 2 ** -24 * ours.weight
    const fits = Math.abs(ours.norm - norm) <= off && Math.abs(ours.product - product) <= 4 * off
    return fits ? [] : [`${name}: ${ours.norm}, ${ours.product} instead of ${norm}, ${product} (off by ${off} at most)`]
  })
  expect(wrong).toEqual([])
  expect(names).toEqual(expect.arrayContaining(Object.keys(golden.weights)))
}
