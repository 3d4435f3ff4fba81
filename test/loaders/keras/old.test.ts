/** Files of Keras 0, Keras 1 and the Theano backend: other axes, kernels turned round, rows channels-first, standard deviations. */
import { describe, expect, test } from 'vitest'
import { ArgumentError, FileError, WeightsError } from '../../../src/errors.ts'
import { layers } from '../../../src/layers/index.ts'
import type { LoadWeightsOptions } from '../../../src/loaders/keras/load_weights.ts'
import type { SymbolicTensor } from '../../../src/layers/layer.ts'
import { bytesSource } from '../../../src/loaders/bytes/bytes.ts'
import { openKerasWeights } from '../../../src/loaders/keras/keras.ts'
import { matchWeights } from '../../../src/loaders/keras/match.ts'
import { kerasWeightsFile } from '../../../src/loaders/keras/keras_file.ts'
import { kernelsByNames } from '../../../src/loaders/keras/orders.ts'
import { loadModel } from '../../../src/models/load_model.ts'
import { sizeOf, type Shape } from '../../../src/shape.ts'
import { Model } from '../../../src/training/model.ts'
import { recipeValues } from '../../support/recipe.ts'
import { keras, source } from '../files.ts'

/** The network of the files, with its classifier behind whatever `between` puts there. */
function old(between: (x: SymbolicTensor) => SymbolicTensor = (x) => layers.flatten().apply(x)): Model {
  const input = layers.input({ shape: [8, 8, 3] })
  let x = layers.conv2d({ filters: 4, kernelSize: 3, name: 'conv1' }).apply(input)
  x = layers.batchNormalization({ name: 'bn1' }).apply(x)
  return new Model({ inputs: input, outputs: layers.dense({ units: 5, name: 'predictions' }).apply(between(x)) })
}

/** The dense layer alone. */
function top(): Model {
  const input = layers.input({ shape: [6, 6, 4] })
  return new Model({ inputs: input, outputs: layers.dense({ units: 5, name: 'predictions' }).apply(layers.flatten().apply(input)) })
}

/**
 * Every weight has its recipe values, read whole and in slices. Variances that were stored as deviations are off by the rounding of the
 * deviation (half a unit of f32, about 1) and of the variance.
 */
async function expectRecipe(model: Model, deviations = false): Promise<void> {
  for (const w of model.weights) {
    const expected = recipeValues(w.layer, w.name, w.shape)
    const values = await w.source.read(0, expected.length)
    const precision = deviations && w.name === 'moving_variance' ? 2 ** -22 : 0
    expected.forEach((v, i) => expect(Math.abs(values[i]! - v), `${w.path} ${i}`).toBeLessThanOrEqual(precision))
    const middle = Math.floor(expected.length / 3)
    expect(await w.source.read(1, middle), w.path).toEqual(values.slice(1, middle))
    expect(await w.source.read(middle, expected.length), w.path).toEqual(values.slice(middle))
  }
}

const load = async (name: string, options: LoadWeightsOptions = {}, model = old(), called = name) => {
  const report = await model.loadWeights(bytesSource(keras(name), called), options)
  expect(report.loaded.length).toBe(model.weights.length)
  expect(report.unusedInFile).toEqual([])
  return { model, report }
}

const all = 'converted from th dim ordering, Theano kernels'

describe('Keras 0', () => {
  test.each([
    ['keras0.h5', 'weights only, Keras 0, layers without names'],
    ['keras0_graph.h5', 'weights only, Keras 0, a list without layers (Graph model)'],
  ])('%s by order, which is the default', async (name, variant) => {
    for (const options of [{ kernels: 'theano' }, { kernels: 'theano', by: 'order' }] as const) {
      const { model, report } = await load(name, options)
      await expectRecipe(model, true)
      expect(report.variant).toBe(`${variant}, ${all}, standard deviations`)
    }
    await expect(old().loadWeights(source(name), { by: 'name', kernels: 'theano' })).rejects.toThrow(
      'by must be order for a file whose layers have no names',
    )
  })
  test('kernels are never guessed', async () => {
    const error = await old()
      .loadWeights(source('keras0.h5'))
      .catch((e: unknown) => e as Error)
    expect(error).toBeInstanceOf(ArgumentError)
    expect((error as Error).message).toBe(
      "[conv1] the option kernels must be 'theano' or 'tensorflow', since keras0.h5 does not say whether kernel is turned round, got none",
    )
  })
  test('another number of layers or weights', async () => {
    await expect(top().loadWeights(source('keras0.h5'))).rejects.toThrow(
      'as many layers with weights as the network for loading by order, got 3 and 1',
    )
    await expect(top().loadWeights(source('keras0_graph.h5'))).rejects.toThrow(
      'as many weights as the network for loading by order, got 8 and 2',
    )
  })
  test('standard deviations are the default, and may be denied', async () => {
    const { model } = await load('keras0.h5', { kernels: 'theano', kerasOneBatchNorm: 'variance' })
    const [std] = await model.weights.find((w) => w.name === 'moving_variance')!.source.read(0, 1)
    const [variance] = recipeValues('bn1', 'moving_variance', [4])
    expect(Math.abs((std! + 1e-3) ** 2 - 1e-3 - variance!)).toBeLessThanOrEqual(2 ** -22)
  })
})

describe('Keras 1', () => {
  test.each([
    ['keras1_theano.h5', { kernels: 'theano' }, undefined, all],
    ['keras1_theano.h5', {}, undefined, all],
    ['keras1_theano.h5', {}, 'x_weights_th_dim_ordering_th_kernels.h5', all],
    ['keras1_th_ordering.h5', {}, undefined, 'converted from th dim ordering'],
    ['keras1_th_ordering.h5', { kernels: 'tensorflow' }, undefined, 'converted from th dim ordering'],
    ['keras1_th_ordering.h5', {}, 'x_weights_th_dim_ordering_tf_kernels.h5', 'converted from th dim ordering'],
  ] as const)('%s with %o called %s', async (name, options, called, converted) => {
    for (const by of ['name', 'order'] as const) {
      const { model, report } = await load(name, { ...options, by }, old(), called)
      await expectRecipe(model)
      expect(report.variant).toBe(`weights only, Keras 1 (no version in the file), ${converted}`)
    }
  })
  test('kernels that may be turned round are refused where names of both backends are in the file, even with skipMismatch', async () => {
    const bytes = keras('keras1_th_ordering.h5')
    for (let at = 0; (at = Buffer.from(bytes).indexOf('predictions_b:0', at)) >= 0; at++) bytes.fill(0, at + 13, at + 15)
    for (const skipMismatch of [false, true]) {
      await expect(old().loadWeights(bytes, { skipMismatch })).rejects.toThrow('[conv1] the option kernels must be')
    }
  })
  test('names tell the backend; a name of the file, and the option, come first', async () => {
    const file = (called: string) => openKerasWeights(bytesSource(keras('keras1_theano.h5'), called))
    expect([(await file('x.h5')).kernels, (await file('x_tf_kernels.h5')).kernels]).toEqual(['theano', 'tensorflow'])
    expect(kernelsByNames(['/a/a_W:0', '/a/a_b:0'])).toBe('tensorflow')
    expect(kernelsByNames(['/a/a_W', '/a/a_b:0'])).toBeUndefined()
    expect(kernelsByNames(['/a/param_0', '/a/param_1'])).toBeUndefined()
  })
  test('deviations on request, as (x - mean) / (std + epsilon)', async () => {
    const { model, report } = await load('keras1_std.h5', { kerasOneBatchNorm: 'std' })
    await expectRecipe(model, true)
    expect(report.variant).toContain('converted from standard deviations')
  })
  test('a whole model says its ordering in its config; Dense alone has no shape that tells', async () => {
    const { model, report } = await load('keras1_model.h5', {}, top())
    await expectRecipe(model)
    expect(report.variant).toBe('whole model, Keras 1.2.2, converted from th dim ordering')
    const { report: plain } = await load('keras1_model.h5', { dimOrdering: 'tf' }, top())
    expect(plain.variant).toBe('whole model, Keras 1.2.2')
  })
  test('rows of a file that says nothing are refused', async () => {
    await expect(top().loadWeights(source('keras1_theano.h5'))).rejects.toThrow(
      "[predictions] the option dimOrdering must be 'th' or 'tf', since keras1_theano.h5 does not say in which order the rows of kernel are, got none",
    )
    const model = top()
    await model.loadWeights(source('keras1_theano.h5'), { dimOrdering: 'th' })
    await expectRecipe(model)
  })
  test('an ordering that is said is held to', async () => {
    const error = await old()
      .loadWeights(source('keras1_theano.h5'), { dimOrdering: 'tf', kernels: 'theano' })
      .catch((e: unknown) => e)
    expect(error).toBeInstanceOf(WeightsError)
    expect((error as Error).message).toContain('[conv1] kernel must have shape [3,3,3,4], got [4,3,3,3]')
  })
  test('a kernel whose shape fits both ways', async () => {
    const file = { ...(await openKerasWeights(source('keras1_grouped.h5'))) }
    const weights = file.layers[0]!.weights.map((w) => ({ ...w }))
    Object.defineProperty(weights[0]!, 'source', {
      value: { shape: [3, 3, 3, 3], path: '/x', read: () => Promise.resolve(new Float32Array(81)) },
    })
    const square = { ...file, layers: [{ name: 'square', weights: weights.slice(0, 1) }] }
    const target = { layer: 'square', className: 'Conv2D', parameters: [{ name: 'kernel', shape: [3, 3, 3, 3] }] }
    expect(() => matchWeights(square, [target], { kernels: 'theano' })).toThrow('does not say which axes [3,3,3,3] are')
    expect(matchWeights(square, [target], { kernels: 'theano', dimOrdering: 'th' }).assignments.length).toBe(1)
  })
  test('transposed convolutions have their last axes swapped', async () => {
    const parameters = [
      { name: 'kernel', shape: [2, 2, 3, 3] },
      { name: 'bias', shape: [3] },
    ]
    const file = await openKerasWeights(source('keras1_deconvolution.h5'))
    // [2,2,3,3] is also what Theano's [3,3,2,2] would not be: the shape tells.
    const { assignments } = matchWeights(file, [{ layer: 'deconv1', className: 'Conv2DTranspose', parameters }])
    expect(await assignments[0]!.source.read(0, 36)).toEqual(recipeValues('deconv1', 'kernel', [2, 2, 3, 3]))
  })
  test('halves of a grouped convolution are joined', async () => {
    const input = layers.input({ shape: [8, 8, 3] })
    const x = layers.conv2d({ filters: 4, kernelSize: 3, name: 'conv1' }).apply(input)
    const conv2 = layers.conv2d({ filters: 8, kernelSize: 3, groups: 2, name: 'conv2' })
    const model = new Model({ inputs: input, outputs: conv2.apply(x) })
    const rename = { conv2: ['conv_2_1', 'conv_2_2'] }
    const { report } = await load('keras1_grouped.h5', { kernels: 'theano', rename }, model)
    await expectRecipe(model)
    expect(report.loaded.at(-1)).toEqual({ layer: 'conv2', weight: 'bias', path: '/conv_2_1/conv_2_1_b + /conv_2_2/conv_2_2_b' })
    await expect(
      model.loadWeights(source('keras1_grouped.h5'), { kernels: 'theano', rename: { conv2: ['conv_2_1', 'conv1'] } }),
    ).rejects.toThrow(
      "[conv2] kernel must have shape [3,3,2,8], got [4,2,3,3] and [4,3,3,3] in the file's /conv_2_1/conv_2_1_W and /conv1/conv1_W",
    )
    await expect(model.loadWeights(source('keras1_grouped.h5'), { rename: { conv2: [] } })).rejects.toThrow(ArgumentError)
  })
})

describe('the Theano backend of Keras 2', () => {
  test('says that kernels are turned round, but not how rows are', async () => {
    await expect(old().loadWeights(source('theano.h5'))).rejects.toThrow('[predictions] the option dimOrdering must be')
    const { model, report } = await load('theano.h5', { dimOrdering: 'tf' })
    await expectRecipe(model)
    expect(report.variant).toBe('weights only, Keras 2.0.0, converted from Theano kernels')
  })
  test('of sequences are turned round along their steps', async () => {
    const file = await openKerasWeights(source('theano.h5'))
    const values = Float32Array.from({ length: 12 }, (_, i) => i)
    const kernel = { ...file.layers[1]!.weights[0]!.source, path: '/c', shape: [3, 2, 2], read: () => Promise.resolve(values) }
    const sequences = { ...file, layers: [{ name: 'c', weights: [{ name: 'kernel', source: kernel }] }] }
    const target = (className: string) => ({ layer: 'c', className, parameters: [{ name: 'kernel', shape: [3, 2, 2] }] })
    const { assignments } = matchWeights(sequences, [target('Conv1D')])
    expect([...(await assignments[0]!.source.read(0, 12))]).toEqual([8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3])
    expect(() => matchWeights(sequences, [target('DepthwiseConv1D')])).toThrow(FileError)
  })
  test('of a layer that is not converted is refused', async () => {
    const file = await openKerasWeights(source('theano.h5'))
    const target = {
      layer: 'conv1',
      className: 'DepthwiseConv2D',
      parameters: [
        { name: 'kernel', shape: [3, 3, 3, 4] },
        { name: 'bias', shape: [4] },
      ],
    }
    expect(() => matchWeights(file, [target])).toThrow(FileError)
    expect(() => matchWeights(file, [target], { kernels: 'tensorflow' })).not.toThrow()
  })
})

test('Flatten is found through what leaves the features where they are, and across the borders of nested networks', async () => {
  const steps: ((x: SymbolicTensor) => SymbolicTensor)[] = [
    (x) => layers.dropout({ rate: 0.5 }).apply(layers.activation({ activation: 'relu' }).apply(layers.flatten().apply(x))),
    (x) => {
      const inner = layers.input({ shape: x.shape.slice(1) })
      return new Model({ inputs: inner, outputs: layers.flatten().apply(inner), name: 'flattener' }).apply(x)
    },
  ]
  for (const between of steps) {
    const { model } = await load('keras1_theano.h5', { kernels: 'theano' }, old(between))
    await expectRecipe(model)
  }
  const input = layers.input({ shape: [8, 8, 3] })
  let x = layers.conv2d({ filters: 4, kernelSize: 3, name: 'conv1' }).apply(input)
  x = layers.flatten().apply(layers.batchNormalization({ name: 'bn1' }).apply(x))
  const features = layers.input({ shape: [144] })
  const head = new Model({ inputs: features, outputs: layers.dense({ units: 5, name: 'predictions' }).apply(features), name: 'head' })
  const model = new Model({ inputs: input, outputs: head.apply(x) })
  await model.loadWeights(source('keras1_theano.h5'), { kernels: 'theano' })
  await expectRecipe(model)
})

test('a second Dense keeps its rows', async () => {
  const input = layers.input({ shape: [2, 2, 3] })
  const x = layers.dense({ units: 12, useBias: false, name: 'a' }).apply(layers.flatten().apply(input))
  const model = new Model({ inputs: input, outputs: layers.dense({ units: 1, useBias: false, name: 'b' }).apply(x) })
  const numbers = (shape: Shape) => ({ name: 'kernel', shape, data: () => Float32Array.from({ length: sizeOf(shape) }, (_, i) => i) })
  const parts: Uint8Array[] = []
  for await (const part of kerasWeightsFile([
    { name: 'a', weights: [numbers([12, 12])] },
    { name: 'b', weights: [numbers([12, 1])] },
  ]))
    parts.push(part)
  await model.loadWeights(new Uint8Array(Buffer.concat(parts)), { dimOrdering: 'th' })
  const [a, b] = await Promise.all(model.weights.map((w) => w.source.read(0, sizeOf(w.shape))))
  // Row (h,w,c) comes from row (c,h,w), which is c*4 + h*2 + w.
  const rows = [0, 1].flatMap((h) => [0, 1].flatMap((w) => [0, 1, 2].map((c) => c * 4 + h * 2 + w)))
  expect([...a!]).toEqual(rows.flatMap((row) => Array.from({ length: 12 }, (_, i) => row * 12 + i)))
  expect([...b!]).toEqual(Array.from({ length: 12 }, (_, i) => i))
})

test.each([
  [{ kernels: 'caffe' }, 'kernels must be theano or tensorflow, got caffe'],
  [{ dimOrdering: 'nchw' }, 'dimOrdering must be th or tf, got nchw'],
  [{ kerasOneBatchNorm: 'both' }, 'kerasOneBatchNorm must be std or variance, got both'],
] as const)('%o is refused', async (options, message) => {
  await expect(old().loadWeights(source('keras1_std.h5'), options as unknown as LoadWeightsOptions)).rejects.toThrow(message)
})

test('an option for other files is refused', async () => {
  await expect(old().loadWeights(source('keras2_weights.h5'), { kerasOneBatchNorm: 'std', skipMismatch: true })).rejects.toThrow(
    'kerasOneBatchNorm is for files of Keras 0 and 1, got it with weights only, Keras 2.15.0',
  )
})

describe('a network with its channels first', () => {
  /** The values of a dense kernel whose rows are [H,W,C], by rows [C,H,W]. */
  const byChannels = (kernel: Float32Array, H: number, W: number, C: number) => {
    const units = kernel.length / H / W / C
    return Float32Array.from(kernel, (_, i) => {
      const [row, unit] = [Math.floor(i / units), i % units]
      const [c, place] = [Math.floor(row / H / W), row % (H * W)]
      return kernel[(place * C + c) * units + unit]!
    })
  }

  /** The rows of the file are what the network flattens: nothing is put in order twice. */
  async function expectFirst(model: Model): Promise<void> {
    for (const w of model.weights) {
      const recipe = recipeValues(w.layer, w.name, w.shape)
      const expected = w.path === 'predictions/kernel' ? byChannels(recipe, 6, 6, 4) : recipe
      expect(await w.source.read(0, expected.length), w.path).toEqual(expected)
    }
  }

  function first(): Model {
    const input = layers.input({ shape: [3, 8, 8] })
    let x = layers.conv2d({ filters: 4, kernelSize: 3, dataFormat: 'channelsFirst', name: 'conv1' }).apply(input)
    x = layers.flatten().apply(layers.batchNormalization({ axis: 1, name: 'bn1' }).apply(x))
    return new Model({ inputs: input, outputs: layers.dense({ units: 5, name: 'predictions' }).apply(x) })
  }

  test.each(['keras1_theano.h5', 'keras1_th_ordering.h5'])('%s', async (name) => {
    const { model, report } = await load(name, {}, first())
    await expectFirst(model)
    expect(report.variant).toContain(name === 'keras1_theano.h5' ? all : 'converted from th dim ordering')
    const { model: said } = await load(name, { dimOrdering: 'th' }, first())
    await expectFirst(said)
  })

  test('in another network', async () => {
    const inner = first()
    const input = layers.input({ shape: [3, 8, 8] })
    const model = new Model({ inputs: input, outputs: inner.apply(input) })
    await model.loadWeights(source('keras1_theano.h5'))
    await expectFirst(model)
  })

  test.each(['keras1_theano.h5', 'keras1_th_ordering.h5'])('by its config, of Keras 1: %s', async (name) => {
    const config = {
      keras_version: '1.2.2',
      class_name: 'Sequential',
      config: [
        {
          class_name: 'Convolution2D',
          config: { name: 'conv1', nb_filter: 4, nb_row: 3, nb_col: 3, dim_ordering: 'th', batch_input_shape: [null, 3, 8, 8] },
        },
        { class_name: 'BatchNormalization', config: { name: 'bn1', axis: 1, mode: 0, epsilon: 1e-3 } },
        { class_name: 'Flatten', config: { name: 'flat' } },
        { class_name: 'Dense', config: { name: 'predictions', output_dim: 5 } },
      ],
    }
    const text = new TextEncoder().encode(JSON.stringify(config))
    const model = await loadModel([bytesSource(text, 'model.json'), bytesSource(keras(name), name)])
    expect(model.layers.map((l) => l.space?.first ?? false)).toEqual([false, true, false, false, false])
    await expectFirst(model)
  })
})
