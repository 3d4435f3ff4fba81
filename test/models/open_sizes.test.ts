/**
 * Models whose input sizes are open, as real Keras saved and computed them at several sizes (test/golden/make_open.py): read without `inputShape`, each
 * size is what the samples have. And what goes with it: labels, training, cuts, other models, memory.
 */
import { describe, expect, test } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import type { SymbolicShape, SymbolicTensor } from '../../src/layers/layer.ts'
import type { KerasVersion } from '../../src/layers/config.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import { transfer } from '../../src/models/transfer.ts'
import { vgg16 } from '../../src/models/vgg.ts'
import { listOf, type Structure } from '../../src/structure.ts'
import type { Tensor } from '../../src/tensor.ts'
import { explain } from '../../src/training/explain.ts'
import { Model } from '../../src/training/model.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import cases from '../golden/models/open.json' with { type: 'json' }
import '../support/all_classes.ts'
import { useDevice } from '../support/device.ts'
import { expectOutput } from '../support/golden.ts'
import { recipePictures, useRecipe } from '../support/recipe.ts'
import { values } from '../support/values.ts'

const device = useDevice()

/** Plans that a device keeps. */
const MOST_PLANS = 64

interface Case {
  readonly name: string
  readonly config: unknown
  /** Default 3. */
  readonly keras?: KerasVersion
  readonly says: readonly (readonly (number | null)[])[]
  readonly sizes: readonly {
    readonly inputs: readonly (readonly number[])[]
    readonly outputs: readonly { readonly shape: readonly number[]; readonly values: readonly number[] }[]
  }[]
}

const known = cases as readonly Case[]

const read = (config: unknown, keras: KerasVersion = 3) => modelFromConfig<Structure<SymbolicTensor>>(config, keras)

describe.each(known)('$name', ({ config, keras, says, sizes }) => {
  test('has the open shapes that Keras says, and gives what Keras gives at every size', async () => {
    using model = read(config, keras)
    expect(model.outputs.map((t) => t.shape)).toEqual(says)
    expect(model.summary()).toContain('null,')
    useRecipe(model)
    await model.compile({ device: device() })
    for (const { inputs, outputs } of [...sizes, sizes[0]!]) {
      const xs = inputs.map((shape) => recipePictures([2, ...shape], [1 / 256, 0]))
      const ys = listOf<Tensor>(await model.predict(xs.length > 1 ? xs : xs[0]!))
      expect(ys.map((y) => y.shape)).toEqual(outputs.map((o) => o.shape))
      outputs.forEach(({ values }, i) => expectOutput(ys[i]!, values))
    }
  })

  test('inputShape fixes the sizes, and the numbers stay', async () => {
    const { inputs, outputs } = sizes[0]!
    const names = read(config, keras).inputNames
    const inputShape = inputs.length > 1 ? Object.fromEntries(names.map((n, i) => [n, inputs[i]!])) : inputs[0]!
    using model = modelFromConfig<Structure<SymbolicTensor>>(config, keras ?? 3, { inputShape })
    expect(model.outputs.map((t) => t.shape.slice(1))).toEqual(outputs.map((o) => o.shape.slice(1)))
    useRecipe(model)
    await model.compile({ device: device() })
    const xs = inputs.map((shape) => recipePictures([2, ...shape], [1 / 256, 0]))
    const ys = listOf<Tensor>(await model.predict(xs.length > 1 ? xs : xs[0]!))
    outputs.forEach(({ values }, i) => expectOutput(ys[i]!, values))
  })
})

/** [null,null,3] -> [N,K] at any size: a convolution, a frozen one, global pooling. */
function small(name = 'small'): Model {
  const input = layers.input({ shape: [null, null, 3], name: 'image' })
  const frozen = layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', name: 'frozen' })
  const x = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', name: 'conv' }).apply(frozen.apply(input))
  frozen.trainable = false
  const y = layers
    .dense({ units: 3, activation: 'softmax', name: 'scores' })
    .apply(layers.globalAveragePooling2d({ name: 'mean' }).apply(x))
  return new Model({ inputs: input, outputs: y, name })
}

const pictures = (N: number, H: number, W: number): Tensor => values([N, H, W, 3], H * 100 + W, 0, 1)

/** The same layers between an input of a known size and the output: what it must be equal to. */
function fixedAt(model: Model, height: number, width: number): Model {
  const input = layers.input({ shape: [height, width, 3] })
  return new Model({ inputs: input, outputs: model.apply(input), name: 'fixed' })
}

const compileTo = { loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] } as const

describe('a model of open sizes', () => {
  test('is evaluated and trained at any size, with the bits of the same model at that size', async () => {
    const runs = async (wrap: (model: Model, h: number, w: number) => Model) => {
      const model = small()
      useRecipe(model)
      const seen: unknown[] = []
      for (const [h, w] of [
        [7, 9],
        [12, 5],
        [7, 9],
      ] as const) {
        using used = wrap(model, h, w)
        await used.compile({ device: device(), optimizer: sgd({ learningRate: 0.1 }), ...compileTo })
        const data = { x: pictures(5, h, w), y: [0, 1, 2, 0, 1] }
        const { epochs } = await used.fit(data, {
          epochs: 2,
          batchSize: 2,
          seed: 3,
          validationData: { x: pictures(3, h, w), y: [1, 2, 0] },
        })
        seen.push(
          epochs.map(({ logs }) => logs),
          await used.evaluate(data),
          (await used.predict(data.x)).data,
        )
      }
      return seen
    }
    expect(await runs((model) => new Model({ inputs: model.input, outputs: model.outputs[0]!, name: 'open' }))).toEqual(
      await runs((model, h, w) => fixedAt(model, h, w)),
    )
  })

  test('trains on one size, validates and evaluates on others', async () => {
    using model = small()
    await model.compile({ device: device(), optimizer: 'adam', ...compileTo })
    const { epochs } = await model.fit({ x: pictures(4, 8, 8), y: [0, 1, 2, 0] }, { validationData: { x: pictures(2, 11, 6), y: [1, 2] } })
    expect(epochs[0]!.logs['val_loss']).toBeGreaterThan(0)
    expect(Object.keys(await model.evaluate({ x: pictures(2, 5, 20), y: [1, 2] }, { augment: [layers.randomFlip()] }))).toEqual([
      'loss',
      'accuracy',
    ])
  })

  test('takes targets of the size that its output has at the size of the samples', async () => {
    const input = layers.input({ shape: [null, null, 3] })
    using model = new Model({ inputs: input, outputs: layers.conv2d({ filters: 1, kernelSize: 3, name: 'heat' }).apply(input) })
    await model.compile({ device: device(), optimizer: 'adam', loss: 'meanSquaredError' })
    for (const [h, w] of [
      [5, 6],
      [9, 4],
    ] as const)
      await model.fit({ x: pictures(2, h, w), y: values([2, h - 2, w - 2, 1], 1, 0, 1) })
    await expect(model.fit({ x: pictures(2, 5, 6), y: values([2, 5, 6, 1], 1, 0, 1) })).rejects.toThrow(
      '[fit] targets must have shape [2,3,4,1], got [2,5,6,1]',
    )
  })

  test('is explained at the size of the samples', async () => {
    using model = small()
    await model.compile({ device: device() })
    for (const [h, w] of [
      [7, 9],
      [10, 6],
    ] as const) {
      expect((await explain(model, pictures(1, h, w), { size: true })).shape).toEqual([1, h, w])
      expect((await explain(model, pictures(1, h, w), { method: 'saliency' })).shape).toEqual([1, h, w])
      expect((await explain(model, pictures(1, h, w), { layer: 'frozen' })).shape).toEqual([1, h - 2, w - 2])
    }
  })

  test('is cut, applied in others, and transferred', async () => {
    const model = small()
    expect(model.until('conv').outputs[0]!.shape).toEqual([null, null, null, 4])
    expect(fixedAt(model.until('conv'), 8, 9).outputs[0]!.shape).toEqual([null, 6, 7, 4])
    const { model: transferred } = transfer(model, { dataSize: 'small', similarity: 'similar', classes: 2, preprocess: 'unit' })
    using made = transferred
    expect(made.input.shape).toEqual([null, null, null, 3])
    await made.compile({ device: device() })
    expect((await made.predict(pictures(2, 9, 6))).shape).toEqual([2, 2])
    const resized = transfer(model, { dataSize: 'small', similarity: 'similar', classes: 2, inputShape: [20, 10, 3] }).model
    expect(resized.outputs[0]!.shape).toEqual([null, 2])
  })

  test('of Keras Applications without top', async () => {
    using trunk = await vgg16({ includeTop: false, inputShape: [null, null, 3] })
    expect(trunk.outputs[0]!.shape).toEqual([null, null, null, 512])
    await expect(vgg16({ inputShape: [null, 224, 3] })).rejects.toThrow('[vgg16] height and width must be known with top, got [null,224,3]')
  })

  test('leaves no more on the device than the plans that are kept, whatever sizes come', async () => {
    // Of kernels that have their sizes as numbers, so that none is compiled anew: 85 convolutions take minutes on a software adapter.
    const image = layers.input({ shape: [null, null, 3] })
    const x = layers.globalMaxPooling2d().apply(layers.rescaling({ scale: 0.5 }).apply(image))
    using model = new Model({ inputs: image, outputs: layers.softmax().apply(x) })
    await model.compile({ device: device() })
    const use = async (i: number) => {
      await model.predict(pictures(1, 5 + (i % 12), 5 + Math.floor(i / 12)))
      return device().live
    }
    await model.predict(pictures(1, 40, 40)) // the arena is as large as the largest size needs it
    for (let i = 0; i < MOST_PLANS; i++) await use(i)
    const full = device().live
    for (let i = MOST_PLANS; i < MOST_PLANS + 20; i++) {
      const { bytes, buffers } = await use(i)
      // Of each plan a few uniforms; some have one buffer more than others.
      expect([i, buffers <= full.buffers + 8, Math.abs(bytes - full.bytes) < 20_000]).toEqual([i, true, true])
    }
  })
})

describe('what does not fit is refused by name', () => {
  const image = (shape: readonly (number | null)[] = [null, null, 3]) => layers.input({ shape })
  test.each<[string, string, () => unknown]>([
    [
      'Dense behind Flatten',
      '[d] the last size of the input must be known, got [null,null]',
      () => layers.dense({ units: 2, name: 'd' }).apply(layers.flatten().apply(image())),
    ],
    [
      'channels',
      '[c] the last size of the input must be known, got [null,8,8,null]',
      () => layers.conv2d({ filters: 2, kernelSize: 1, name: 'c' }).apply(image([8, 8, null])),
    ],
    [
      'PReLU',
      '[p] axes of an open size must be shared, got axis 2 of [null,8,null,3]',
      () => layers.prelu({ name: 'p', sharedAxes: [1] }).apply(image([8, null, 3])),
    ],
    [
      'LayerNormalization',
      '[n] sizes that are normalised over must be known, got axis [1,2] of [null,null,4,3]',
      () => layers.layerNormalization({ name: 'n', axis: [1, 2] }).apply(image([null, 4, 3])),
    ],
    [
      'sizes',
      "[i] an input's shape must be positive whole numbers, or null where it is open, without the batch, got [0,null,3]",
      () => layers.input({ shape: [0, null, 3], name: 'i' }),
    ],
  ])('%s', (_, message, make) => {
    expect(make).toThrow(message)
  })

  test('samples and sizes', async () => {
    const input = image([null, 6, 3])
    const pool = layers.maxPooling2d({ poolSize: 3, name: 'pool' }).apply(input)
    using model = new Model({ inputs: input, outputs: layers.reshape({ targetShape: [4, 3], name: 'four' }).apply(pool) })
    expect(model.outputs[0]!.shape).toEqual([null, 4, 3] satisfies SymbolicShape)
    await expect(model.compile({ device: device(), warmUpBatch: 1 })).rejects.toThrow(
      '[compile] warmUpBatch needs inputs of known sizes, got [null,null,6,3]',
    )
    await model.compile({ device: device() })
    expect((await model.predict(pictures(1, 7, 6))).shape).toEqual([1, 4, 3])
    for (const [x, message] of [
      [pictures(1, 9, 6), '[four] a target shape must keep the 18 values of a sample, got [4,3] for [null,3,2,3]'],
      [pictures(1, 2, 6), '[pool] window must fit the input, got window [3,3] and input [2,6] with padding valid'],
      [pictures(1, 6, 7), "[predict] samples must have the input's shape [null,null,6,3], got [1,6,7,3]"],
      [values([1, 6, 3], 1, 0, 1), "[predict] samples must have the input's shape [null,null,6,3], got [1,6,3]"],
    ] as const)
      await expect(model.predict(x)).rejects.toThrow(message)
    const batches = [pictures(1, 6, 6), pictures(1, 7, 6)].map((x) => ({ x }))
    await expect(model.predict(() => batches[Symbol.iterator]())).rejects.toThrow(
      /batch 1: samples of \S+ must be of the size of those before/,
    )
  })
})
