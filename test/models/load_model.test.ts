/**
 * Configs as Keras 1.2, 2.2, 2.15 and 3 themselves write them (test/golden/make_old_models.py): the same models, with the outputs of real
 * Keras. Then layers that cannot be, each refused with its whole message, and what is put in their place.
 */
import { describe, expect, test } from 'vitest'
import { LayerConfig, type KerasVersion } from '../../src/layers/config.ts'
import { layers } from '../../src/layers/index.ts'
import type { SymbolicTensor } from '../../src/layers/layer.ts'
import { currentName, layerFromConfig } from '../../src/layers/registry.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import type { Tensor } from '../../src/tensor.ts'
import { Model } from '../../src/training/model.ts'
import dialects from '../golden/models/dialects.json' with { type: 'json' }
import refused from '../golden/models/refused.json' with { type: 'json' }
import { listOf, type Structure } from '../../src/structure.ts'
import '../support/all_classes.ts'
import { conv, functional, layer, messageOf } from '../support/configs.ts'
import { useDevice } from '../support/device.ts'
import { expectOutput } from '../support/golden.ts'
import { recipeImage, useRecipe } from '../support/recipe.ts'

const device = useDevice()

interface Output {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

interface Case {
  readonly name: string
  readonly inputShape?: readonly number[]
  /** Shapes by name, of a model with several inputs. */
  readonly inputs?: Readonly<Record<string, readonly number[]>>
  /** By the major version that computed them. */
  readonly outputs: Readonly<Record<string, readonly Output[]>>
  readonly configs: Readonly<Record<string, { readonly config: unknown; readonly layers: readonly string[] }>>
}

/** The recipe's values for inputs by name. */
const pictures = (shapes: Readonly<Record<string, readonly number[]>>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, recipeImage(shape, 1 / 256)]))

const cases = (dialects as readonly Case[]).flatMap(({ name, inputShape, inputs, outputs, configs }) =>
  Object.entries(configs).map(([version, { config, layers }]) => {
    const keras = Number(version[0]) as KerasVersion
    const x = inputs ? pictures(inputs) : recipeImage(inputShape!, 1 / 256)
    return { name, version, keras, config, layers, x, several: inputs !== undefined, outputs: outputs[keras === 3 ? 3 : 2]! }
  }),
)

describe('a config of', () => {
  test.each(cases)('Keras $version: $name', async ({ keras, config, layers, x, several, outputs }) => {
    using model = modelFromConfig<Structure<SymbolicTensor>>(config, keras)
    // One input may have another name than in a Sequential of old; several must come where Keras has them.
    const names = model.layers.filter((l) => several || l.className !== 'InputLayer').map((l) => l.name)
    expect(names).toEqual(layers.filter((name) => names.includes(name) || !/image|_input$/.test(name)))
    useRecipe(model)
    await model.compile({ device: device() })
    const ys = listOf<Tensor>(await model.predict(x))
    expect(ys.map((y) => y.shape)).toEqual(outputs.map((o) => o.shape))
    outputs.forEach(({ values }, i) => expectOutput(ys[i]!, values))
  })
})

const unknown = (layer: string, got: string) =>
  `[${layer}] a layer must be one that is known (say what makes it: customObjects: { "${got}": (config) => layer }; ` +
  `or put another in its place: replaceLayers: { "${layer}": layer }), got class ${got}`

describe('what cannot be is refused by name', () => {
  test.each<[keyof typeof refused, string]>([
    ['Lambda', unknown('lambda_1', 'Lambda')],
    ['unknown class', unknown('bins', 'Discretization')],
    ['custom class', unknown('custom', 'mine>Custom')],
    [
      'unknown activation',
      '[dense (Dense)] activation must be one that is known, or a layer ReLU, LeakyReLU, ELU, Softmax or Activation, got "log_softmax"',
    ],
    [
      'unknown activation layer',
      '[dense (Dense)] activation must be one that is known, or a layer ReLU, LeakyReLU, ELU, Softmax or Activation, got "PReLU"',
    ],
    [
      'gaussian',
      '[resizing (Resizing)] interpolation must be "bilinear" or "nearest" or "bicubic" or "lanczos3" or "lanczos5" or "area", got "gaussian"',
    ],
    [
      'cropped and filled up',
      '[resizing (Resizing)] only one of crop_to_aspect_ratio and pad_to_aspect_ratio may be true, got [true,true]',
    ],
    ['reflected', '[resizing (Resizing)] fill_mode must be "constant", got "reflect"'],
    ['inverted', '[norm (Normalization)] invert must be false, got true'],
    ['int8', '[dense] a layer must compute in floats (save the model before quantize()), got int8'],
    ['int4', '[dense] a layer must compute in floats (save the model before quantize()), got int4/128'],
    [
      'no size',
      '[model] the shape of the input must be known (say it: inputShape: [height, width, channels], or what else it is without the batch), got none',
    ],
  ])('%s', (name, message) => {
    expect(messageOf(() => modelFromConfig(refused[name], 3))).toBe(message)
  })

  test.each([
    ['LSTM', 'recurrent networks'],
    ['Bidirectional', 'recurrent networks'],
    ['ConvLSTM2D', 'recurrent networks'],
    ['Conv3D', 'volumes'],
    ['MaxPooling3D', 'volumes'],
  ])('%s, which no option makes up for: what to save instead', (className, kind) => {
    const hint =
      'save what comes before it, in Keras: keras.Model(model.inputs, model.get_layer("some").input).save("part.keras"); ' +
      'or put another in its place: replaceLayers: { "some": layer }'
    const inbound_nodes = [[['image', 0, 0, {}]]]
    const config = (more: object) =>
      functional({ ...{ class_name: className, name: 'some', config: { name: 'some' }, inbound_nodes }, ...more })
    const message = `[some] a layer must be one that is run here, and those of ${kind} are not (${hint}), got class ${className}`
    expect(messageOf(() => modelFromConfig(config({}), 2))).toBe(message)
    const own = { registered_name: `mine>${className}` }
    expect(messageOf(() => modelFromConfig(config(own), 2))).toBe(unknown('some', `mine>${className}`))
  })
})

describe('an open input size', () => {
  test('a size leaves the channels where the config has them', () => {
    const first = {
      class_name: 'Sequential',
      config: [
        { class_name: 'InputLayer', config: { name: 'x', batch_input_shape: [null, 3, null, null] } },
        { class_name: 'MaxPooling2D', config: { name: 'pool', pool_size: [2, 2], data_format: 'channels_first' } },
      ],
    }
    expect(modelFromConfig(first, 2, { inputShape: [8, 6] }).input.shape).toEqual([null, 3, 8, 6])
  })

  test('is what inputShape says', () => {
    const model = modelFromConfig(refused['open size'], 3, { inputShape: [7, 6, 3] })
    expect([model.input.shape, model.outputs[0]!.shape]).toEqual([
      [null, 7, 6, 3],
      [null, 5, 4, 2],
    ])
    expect(modelFromConfig(refused['no size'], 3, { inputShape: [5, 4, 1] }).outputs[0]!.shape).toEqual([null, 12])
  })

  test('a known one may be changed', () => {
    const { config } = cases.find((c) => c.name === 'nested' && c.version === '2.15.0')!
    expect(modelFromConfig(config, 2, { inputShape: [9, 8, 3] }).getLayer('trunk').weights[0]!.shape).toEqual([3, 3, 3, 4])
  })
})

describe('replaceLayers', () => {
  async function predict(model: Model): Promise<Tensor> {
    await model.compile({ device: device() })
    return model.predict(recipeImage(model.input.shape.slice(1) as number[], 1))
  }

  test('puts a layer in place of a Lambda', async () => {
    using model = modelFromConfig(refused['Lambda'], 3, { replaceLayers: { lambda_1: layers.resizing({ height: 3, width: 5 }) } })
    const input = layers.input({ shape: [6, 5, 3] })
    using wanted = new Model({ inputs: input, outputs: layers.resizing({ height: 3, width: 5 }).apply(input) })
    expect((await predict(model)).data).toEqual((await predict(wanted)).data)
  })

  test('puts what a function makes of the config in place of an op', async () => {
    const seen: unknown[] = []
    const make = (config: unknown) => {
      seen.push(config)
      return layers.rescaling({ scale: 2 })
    }
    using model = modelFromConfig(refused['op'], 3, { replaceLayers: { multiply: make } })
    expect(seen).toEqual([{ name: 'multiply' }])
    expect([...(await predict(model)).data]).toEqual([...recipeImage([6, 5, 3], 2).data])
  })

  test('of an op takes every tensor among its arguments', () => {
    const model = modelFromConfig(refused['op of two'], 3, { replaceLayers: { multiply_1: layers.multiply({ name: 'product' }) } })
    expect(model.outputs[0]!.inputs.map((t) => t.layer.name)).toEqual(['conv', 'image'])
    const op = { class_name: 'TFOpLambda', config: { name: 'op' }, inbound_nodes: [['conv', 0, 0, { y: ['image', 0, 0], name: null }]] }
    const older = modelFromConfig(functional(conv(), { name: 'op', ...op }), 2, { replaceLayers: { op: layers.multiply() } })
    expect(older.outputs[0]!.inputs.map((t) => t.layer.name)).toEqual(['conv', 'image'])
  })

  test('must name layers of the file', () => {
    const replaceLayers = { lambda_2: layers.resizing({ height: 3, width: 5 }) }
    expect(messageOf(() => modelFromConfig(functional(conv()), 2, { replaceLayers }))).toBe(
      '[model] replaceLayers must name layers of the file, got lambda_2',
    )
  })
})

describe('numbers that Keras 3 writes in ways of their own', () => {
  const config = (className: string, raw: object) => layerFromConfig(new LayerConfig(className, { name: 'it', ...raw }, 3))!.getConfig()

  test('an array of numpy', () => {
    const scale = { class_name: '__numpy__', config: { value: [1, 2, 3], dtype: 'float64' } }
    expect(config('Rescaling', { scale, offset: 0 })).toMatchObject({ scale: [1, 2, 3], offset: 0 })
    expect(config('LeakyReLU', { negative_slope: { class_name: '__numpy__', config: { value: 0.25, dtype: 'float32' } } })).toMatchObject({
      negative_slope: 0.25,
    })
  })

  test.each([null, []])('no axis: %j', (axis) => {
    expect(config('Normalization', { axis, mean: 1, variance: 2 })).toMatchObject({ axis: [], mean: 1, variance: 2 })
    expect(config('Normalization', { axis })).toMatchObject({ axis: [], mean: null })
  })
})

test('ThresholdedReLU of Keras 1 and 2 is a ReLU', () => {
  const model = modelFromConfig(functional(layer('ThresholdedReLU', 'cut', { theta: 0.7 }, ['image', 0, 0, {}])), 2)
  expect(model.getLayer('cut').getConfig()).toEqual({ name: 'cut', trainable: true, max_value: null, negative_slope: 0, threshold: 0.7 })
})

test('noise layers of Keras 1 are saved under the keys of Keras 3', () => {
  const c = (className: string, raw: object) => layerFromConfig(new LayerConfig(className, { name: 'noise', ...raw }, 1))!.getConfig()
  expect(c('GaussianNoise', { sigma: 0.2 })).toEqual({ name: 'noise', trainable: true, seed: null, stddev: 0.2 })
  // Without trainable, which Keras 3 does not take there.
  const spatial = { name: 'noise', seed: 7, rate: 0.3, data_format: 'channels_last' }
  expect(c('SpatialDropout2D', { p: 0.3, seed: 7 })).toEqual(spatial)
  expect(c('AlphaDropout', { p: 0.3 })).toEqual({ name: 'noise', trainable: true, seed: null, rate: 0.3, noise_shape: null })
})

test('a dilated convolution of Keras 1', () => {
  const raw = { name: 'holes', nb_filter: 2, nb_row: 3, nb_col: 2, atrous_rate: [2, 1], border_mode: 'same', subsample: [1, 1] }
  const config = layerFromConfig(new LayerConfig(currentName('AtrousConvolution2D'), raw, 1))!.getConfig()
  expect(config).toMatchObject({ name: 'holes', filters: 2, kernel_size: [3, 2], dilation_rate: [2, 1], padding: 'same', strides: [1, 1] })
})

describe('a model whose channels come first', () => {
  const layer = (class_name: string, config: object = {}) => ({ class_name, config: { name: class_name.toLowerCase(), ...config } })
  const conv = (data_format: string, config: object = {}) => layer('Conv2D', { filters: 4, kernel_size: [3, 3], data_format, ...config })
  const input = (...shape: (number | null)[]) => layer('InputLayer', { batch_input_shape: [null, ...shape] })
  const sequential = (...list: object[]) => ({ class_name: 'Sequential', config: { name: 'model', layers: list } })
  const spaceOf = (...list: object[]) => modelFromConfig(sequential(...list), 2).getLayer('spatialdropout2d').space!.first
  const drop = layer('SpatialDropout2D', { rate: 0.5 }) // as Keras 1 and 2 write it

  test('SpatialDropout2D has the order of the others where its config says none', () => {
    expect(spaceOf(input(3, 8, 7), conv('channels_first'), drop)).toBe(true)
    expect(spaceOf(input(8, 7, 3), conv('channels_last'), drop)).toBe(false)
    expect(spaceOf(input(8, 7, 3), drop)).toBe(false)
    const both = [input(3, 8, 7), conv('channels_first'), layer('Flatten', { data_format: 'channels_last' })]
    expect(() => spaceOf(...both, drop)).toThrow(
      '[spatialdropout2d] data_format must be said where other layers have both orders (put another in its place: ' +
        'replaceLayers: { "spatialdropout2d": layers.spatialDropout2d({ rate, dataFormat }) }), got none',
    )
    expect(spaceOf(...both.slice(0, 2), layer('SpatialDropout2D', { rate: 0.5, data_format: 'channels_last' }))).toBe(false)
  })

  test('inputShape of two numbers keeps the channels where they are known; of three it is in the order of the input', () => {
    const open = sequential(input(3, null, null), conv('channels_first'))
    expect(modelFromConfig(open, 2, { inputShape: [3, 9, 8] }).outputs[0]!.shape).toEqual([null, 4, 7, 6])
    const sized = (...shape: number[]) => modelFromConfig(sequential(input(...shape), conv('channels_first')), 2, { inputShape: [7, 6] })
    expect(sized(3, 9, 9).outputs[0]!.shape).toEqual([null, 4, 5, 4])
    expect(() => sized(5, 9, 9)).toThrow(
      '[model] height and width alone need an input with 1, 3 or 4 channels on one side (else say all three sizes, in its order), got [7,6] for [5,9,9]',
    )
    expect(modelFromConfig(open, 2).outputs[0]!.shape).toEqual([null, 4, null, null])
  })
})
