/** Configs that no Keras writes: connections that lead nowhere, models without end, values of other kinds. Each is refused with its whole message. */
import { describe, expect, test } from 'vitest'
import { modelFromConfig } from '../../src/models/from_config.ts'
import '../support/all_classes.ts'
import { conv, functional, layer, messageOf } from '../support/configs.ts'

const chain = (length: number) =>
  Array.from({ length }, (_, i) => layer('Activation', `l${i}`, { activation: 'relu' }, [i ? `l${i - 1}` : 'image', 0, 0, {}]))

describe('connections', () => {
  test.each<[string, unknown, string]>([
    [
      'a circle',
      functional(layer('Add', 'a', {}, ['image', 0, 0, {}], ['b', 0, 0, {}]), layer('ReLU', 'b', {}, ['a', 0, 0, {}])),
      '[b] layers must not feed themselves, got a circle in model',
    ],
    [
      'a layer that is not there',
      functional(conv(['gone', 0, 0, {}])),
      '[model] a connection must lead to a layer of the model, got gone, application 0',
    ],
    [
      'an application that is not there',
      functional(conv(['image', 1, 0, {}])),
      '[model] a connection must lead to a layer of the model, got image, application 1',
    ],
    [
      'a second output',
      functional(conv(['image', 0, 1, {}])),
      '[conv] a connection must lead to an output of a layer, got output 1 of image, which has 1',
    ],
    [
      'arguments',
      functional(conv(['image', 0, 0, { mask: true }])),
      '[conv] a layer must be called without arguments besides its inputs, got {"mask":true}',
    ],
    [
      'training in Keras 2, which goes on while predicting',
      functional(layer('Dropout', 'drop', { rate: 0.5 }, ['image', 0, 0, { training: true }])),
      '[drop] a layer must be called without arguments besides its inputs, got {"training":true}',
    ],
    ['no list', functional({ ...conv(), inbound_nodes: 'image' } as never), '[conv] inbound_nodes must be a list, got "image"'],
    [
      'no triple',
      functional({ ...conv(), inbound_nodes: [['image']] } as never),
      '[conv] an inbound node must be a list of [layer,node,tensor], got "image"',
    ],
  ])('%s', (_, config, message) => {
    expect(messageOf(() => modelFromConfig(config, 2))).toBe(message)
  })

  test('outputs may have names', () => {
    const { config } = functional(conv()) as { config: object }
    const ends = { output_layers: { first: ['conv', 0, 0], second: ['image', 0, 0] } }
    const model = modelFromConfig({ class_name: 'Functional', config: { ...config, ...ends } }, 3)
    expect(model.outputs.map((t) => t.layer.name)).toEqual(['conv', 'image'])
  })

  test('a chain of many layers is walked; of too many, refused at once', () => {
    expect(modelFromConfig(functional(...chain(9999)), 2).layers.length).toBe(10_000)
    const rule = 'a model must have at most 10000 layers, got'
    expect(messageOf(() => modelFromConfig(functional(...chain(50_000)), 2))).toBe(`[model] ${rule} 50001`)
    expect(messageOf(() => modelFromConfig({ class_name: 'Sequential', config: chain(50_000) }, 1))).toBe(`[sequential_1] ${rule} 50000`)
  })

  test('models that apply others twice, which apply others twice: no more than can be run', () => {
    const twice = (inner: object, name: string) => {
      const called = [[['image', 0, 0, {}]], [[name, 1, 0, {}]]]
      const image = layer('InputLayer', 'image', { batch_input_shape: [null, 6, 5, 3] })
      const ends = { input_layers: [['image', 0, 0]], output_layers: [[name, 2, 0]] }
      return { class_name: 'Functional', config: { name: 'model', layers: [image, { ...inner, name, inbound_nodes: called }], ...ends } }
    }
    let model: object = functional(conv()) as object
    for (let i = 0; i < 30; i++) model = twice(model, `m${i}`)
    const applied = 2 ** 16 * 2 + 2 ** 16 - 1 // of the first that has too many; the innermost has two; each other an input besides
    expect(messageOf(() => modelFromConfig(model, 2))).toBe(`[m16] a model must apply at most 100000 layers, got ${applied}`)
  })

  test('models in models in models, without end', () => {
    let inner: object = conv()
    for (let i = 0; i < 40; i++) inner = { class_name: 'Sequential', config: [inner] }
    const given = { inputShape: [6, 5, 3] }
    expect(messageOf(() => modelFromConfig(inner, 2, given))).toBe('[sequential_1] models must be at most 32 deep, got more')
  })
})

describe('configs that are none', () => {
  test.each<[message: string, config: unknown]>([
    ['[model] a layer must have a class_name, got null', null],
    ['[model] a layer must have a class_name, got [1]', [1]],
    [
      '[conv] a model must be one of Functional, Model, Sequential (save the models that it is made of, in Keras: model.encoder.save("encoder.keras"), ' +
        'or build the network and call loadWeights), got Conv2D',
      { class_name: 'Conv2D', config: { name: 'conv' } },
    ],
    ['[sequential_1] a model must have a list of layers, got undefined', { class_name: 'Sequential', config: {} }],
    ['[sequential_1] a model must have layers, got none', { class_name: 'Sequential', config: [] }],
    ['[m] input_layers must be [layer,node,tensor], got nothing', { class_name: 'Functional', config: { name: 'm', layers: [] } }],
    ['[conv (Conv2D)] filters must be a number, got "many"', functional(conv(undefined, { filters: 'many' }))],
    ['[conv (Conv2D)] kernel_size must be one or two numbers, got [1,2,3]', functional(conv(undefined, { kernel_size: [1, 2, 3] }))],
    ['[conv (Conv2D)] use_bias must be true or false, got 1', functional(conv(undefined, { use_bias: 1 }))],
    ['[conv (Conv2D)] padding must be same or valid, got "full"', functional(conv(undefined, { padding: 'full' }))],
    [
      "[norm] axis must be some of the input's but the batch, each once, got [1,1] for [null,6,5,3]",
      functional(layer('Normalization', 'norm', { axis: [1, 1] }, ['image', 0, 0, {}])),
    ],
    [
      '[norm (BatchNormalization)] axis must be one, got [1,3]',
      functional(layer('BatchNormalization', 'norm', { axis: [1, 3] }, ['image', 0, 0, {}])),
    ],
    [
      '[conv (Conv2D)] data_format must be channels_last or channels_first, got "channels_middle"',
      functional(conv(undefined, { data_format: 'channels_middle' })),
    ],
    [
      '[norm] mean and variance must be one number, or one for each of up to 4 values along the axes, got 2 and 2 numbers and [null,6,5,3]',
      functional(layer('Normalization', 'norm', { mean: [1, 2], variance: [1, 2] }, ['image', 0, 0, {}])),
    ],
    [
      '[pad (ZeroPadding2D)] padding must be one, two or four numbers, got {"top_pad":1}',
      functional(layer('ZeroPadding2D', 'pad', { padding: { top_pad: 1 } }, ['image', 0, 0, {}])),
    ],
    [
      '[merge (Merge)] mode must be sum, mul, ave, max or concat, got "cos"',
      functional(layer('Merge', 'merge', { mode: 'cos' }, ['image', 0, 0, {}], ['image', 0, 0, {}])),
    ],
    [
      '[up] output_shape must be what strides and padding give, got [null,9,9,2] and [null,7,6,2]',
      functional(
        layer('Deconvolution2D', 'up', { nb_filter: 2, nb_row: 2, nb_col: 2, output_shape: [null, 9, 9, 2] }, ['image', 0, 0, {}]),
      ),
    ],
  ])('%#: %s', (message, config) => {
    expect(messageOf(() => modelFromConfig(config, 2))).toBe(message)
  })
})
