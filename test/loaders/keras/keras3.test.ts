/** Keras 3's `.weights.h5` and `.keras`, whose groups are named by class and count and not as the layers are. */
import { describe, expect, test } from 'vitest'
import { WeightsError } from '../../../src/errors.ts'
import { layers } from '../../../src/layers/index.ts'
import { openKerasWeights } from '../../../src/loaders/keras/keras.ts'
import { snakeCase } from '../../../src/layers/config.ts'
import { matchWeights, type MatchOptions } from '../../../src/loaders/keras/match.ts'
import type { KerasWeightsFile, WeightTarget } from '../../../src/loaders/keras/weights_file.ts'
import { bytesSource } from '../../../src/loaders/bytes/bytes.ts'
import { textFile } from '../../../src/loaders/bytes/file_to_write.ts'
import { zipFile } from '../../../src/loaders/bytes/zip_write.ts'
import { inceptionV3 } from '../../../src/models/inception.ts'
import { loadModel } from '../../../src/models/load_model.ts'
import { placesOf } from '../../../src/models/places.ts'
import { Model } from '../../../src/training/model.ts'
import { sizeOf, type Shape } from '../../../src/shape.ts'
import { recipeValues } from '../../support/recipe.ts'
import { source } from '../files.ts'

/** Three convolutions of one shape; created 0, 1, 2, in the model's order 1, 0, 2. */
function branches(first = 0, automaticNames = false): Model {
  const conv = (i: number) => layers.conv2d({ filters: 3, kernelSize: 1, name: i + first === 0 ? 'conv2d' : `conv2d_${i + first}` })
  const input = layers.input({ shape: [4, 4, 3] })
  const [short, begin, end] = [conv(0), conv(1), conv(2)]
  const y = short.apply(input)
  const z = end.apply(begin.apply(input))
  return new Model({ inputs: input, outputs: layers.add({ name: 'sum' }).apply([y, z]), automaticNames })
}

function nestedTargets(): WeightTarget[] {
  const conv = (i: number): WeightTarget => ({
    layer: `conv${i}`,
    className: 'Conv2D',
    parameters: [{ name: 'kernel', shape: [3, 3, 3, i + 2] }],
  })
  const bn = (i: number): WeightTarget => ({
    layer: `bn${i}`,
    className: 'BatchNormalization',
    parameters: ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((name) => ({ name, shape: [i + 2] })),
  })
  const parameters = [
    { name: 'kernel', shape: [4, 5] },
    { name: 'bias', shape: [5] },
  ]
  const dense: WeightTarget = { layer: 'predictions', className: 'Dense', parameters }
  return [conv(1), bn(1), conv(2), bn(2), dense]
}

/** Loads, and checks that every weight got the values that Keras gave the layer of that name. */
async function expectValues(
  name: string,
  targets: readonly WeightTarget[],
  options: MatchOptions = {},
  keras = (layer: string) => layer,
): Promise<void> {
  const { report, assignments } = matchWeights(await openKerasWeights(source(name)), targets, options)
  expect([report.skipped, report.unusedInFile]).toEqual([[], []])
  expect(assignments.length).toBe(targets.reduce((n, t) => n + t.parameters.length, 0))
  for (const { layer, index, source: values } of assignments) {
    const { name: weight, shape } = targets.find((t) => t.layer === layer)!.parameters[index]!
    expect(await values.read(0, sizeOf(shape)), `${layer}/${weight}`).toEqual(recipeValues(keras(layer), weight, shape))
  }
}

const targetsOf = (model: Model): WeightTarget[] =>
  model.layers.filter((l) => l.weights.length).map((l) => ({ layer: l.name, className: l.className, parameters: [...l.weights] }))

const KINDS = ['keras3_branches.weights.h5', 'keras3_0_branches.weights.h5', 'tf_keras_2_12_branches.weights.h5']

describe('a path that is the name of another layer', () => {
  test.each(KINDS)('%s by name and by order', async (name) => {
    const targets = targetsOf(branches())
    expect(targets.map((t) => t.layer)).toEqual(['conv2d_1', 'conv2d', 'conv2d_2'])
    await expectValues(name, targets)
    await expectValues(name, targets, { by: 'order' })
  })

  test.each(KINDS)('%s into a network whose numbers go on from another one', async (name) => {
    const model = branches(7, true)
    await model.loadWeights(source(name))
    for (const w of model.weights) {
      const keras = { conv2d_7: 'conv2d', conv2d_8: 'conv2d_1', conv2d_9: 'conv2d_2' }[w.layer]!
      expect(await w.source.read(0, sizeOf(w.shape)), w.path).toEqual(recipeValues(keras, w.name, w.shape))
    }
  })

  test('rename leads to a path where there are no names', async () => {
    const [one, ...others] = targetsOf(branches())
    const options = { rename: { x: '/layers/conv2d' } }
    await expectValues('keras3_0_branches.weights.h5', [{ ...one!, layer: 'x' }, ...others], options, (l) => (l === 'x' ? 'conv2d_1' : l))
  })
})

test('InceptionV3 lists its convolutions in the order in which Keras numbers the groups', async () => {
  const model = await inceptionV3({ includeTop: false })
  const convs = model.layers.filter((l) => l.className === 'Conv2D').map((l) => Number(/\d+$/.exec(l.name)?.[0] ?? 0))
  const first = Math.min(...convs)
  // From real Keras 3.15.1: the creation order of layers/conv2d, layers/conv2d_1, ...
  const keras = `0,1,2,3,4,8,6,9,5,7,10,11,15,13,16,12,14,17,18,22,20,23,19,21,24,25,27,28,26,29,34,35,31,36,32,37,30,33,38,39,44,45,41,46,42,47,40,
    43,48,49,54,55,51,56,52,57,50,53,58,59,64,65,61,66,62,67,60,63,68,69,72,73,70,74,71,75,80,77,81,78,79,82,83,76,84,89,86,90,87,88,91,92,85,93`
  expect(convs.map((n) => n - first)).toEqual(keras.split(',').map(Number))
})

test.each(['keras3_nested.weights.h5', 'keras3_0_nested.weights.h5'])('%s: layers of a nested model', async (name) => {
  await expectValues(name, nestedTargets())
})

test.each([
  ['keras3.weights.h5', 'Keras 3 weights, with layer names'],
  ['keras3_0.weights.h5', 'Keras 3 weights, without layer names'],
  ['keras3_bfloat16.weights.h5', 'Keras 3 weights, with layer names'],
  ['keras3.keras', '.keras archive, Keras 3 weights, with layer names'],
  ['keras3_zipped_again.keras', '.keras archive, Keras 3 weights, with layer names'],
  ['tf_keras_2_11.keras', '.keras archive of tf.keras 2.11, tf.keras 2.11 to 2.14 weights, without layer names'],
])('%s', async (name, variant) => {
  const input = layers.input({ shape: [8, 8, 3] })
  let x = layers.conv2d({ filters: 4, kernelSize: 3, name: 'conv1' }).apply(input)
  x = layers.batchNormalization({ scale: false, name: 'bn1' }).apply(x)
  const model = new Model({ inputs: input, outputs: layers.dense({ units: 5, name: 'predictions' }).apply(layers.flatten().apply(x)) })
  const report = await model.loadWeights(source(name))
  expect(report.loaded.length).toBe(7)
  expect(report.variant).toBe(variant)
  const precision = name.includes('bfloat16') ? 2 ** -8 : 0
  for (const w of model.weights) {
    const values = await w.source.read(0, sizeOf(w.shape))
    recipeValues(w.layer, w.name, w.shape).forEach((v, i) => expect(Math.abs(values[i]! - v)).toBeLessThanOrEqual(precision * Math.abs(v)))
  }
})

describe('what does not fit', () => {
  const refused = async (name: string, targets: readonly WeightTarget[], options: MatchOptions = {}) => {
    const file = await openKerasWeights(source(name))
    expect(() => matchWeights(file, targets, options)).toThrow(WeightsError)
    try {
      matchWeights(file, targets, options)
    } catch (error) {
      return error as WeightsError
    }
    throw new Error('not reached')
  }
  const target = (layer: string, className: string, ...parameters: [name: string, shape: Shape][]): WeightTarget => ({
    layer,
    className,
    parameters: parameters.map(([name, shape]) => ({ name, shape })),
  })
  const conv = (layer: string) => target(layer, 'Conv2D', ['kernel', [1, 1, 3, 3]], ['bias', [3]])

  test('more layers of a class than the file has', async () => {
    const error = await refused('keras3_0_branches.weights.h5', ['a', 'b', 'c', 'd'].map(conv))
    expect(error.code).toBe('missing-layer')
    expect(error.message).toBe('[d] must be number 3 of the Conv2D layers in the file, whose layers have no names, got 3 of them')
  })
  test('by order with another number of layers', async () => {
    expect((await refused('keras3_branches.weights.h5', [conv('a')], { by: 'order' })).code).toBe('layer-count')
  })
  test('weights of one number and other meaning', async () => {
    const bn = target('bn1', 'BatchNormalization', ['gamma', [4]], ['moving_mean', [4]], ['moving_variance', [4]])
    const error = await refused('keras2_weights.h5', [bn])
    expect(error.code).toBe('weight-count')
    expect(error.message).toBe(
      "[bn1] must have 3 (gamma, moving_mean, moving_variance) weights, got 3 (beta, moving_mean, moving_variance) in the file's bn1",
    )
  })
  test('a name that the file has twice', async () => {
    const file = await openKerasWeights(source('keras2_weights.h5'))
    const twice = { ...file, layers: [...file.layers, ...file.layers] }
    const conv1 = target('conv1', 'Conv2D', ['kernel', [3, 3, 3, 4]], ['bias', [4]])
    expect(() => matchWeights(twice, [conv1])).toThrow(
      '[conv1] must be in the file once, got /conv1/conv1/kernel:0 and /conv1/conv1/kernel:0',
    )
  })
  test('weights in another order than ours go where their names say', async () => {
    const file = await openKerasWeights(source('keras2_weights.h5'))
    const conv1 = target('conv1', 'Conv2D', ['bias', [4]], ['kernel', [3, 3, 3, 4]])
    expect(matchWeights(file, [conv1]).report.loaded.map((l) => l.path)).toEqual(['/conv1/conv1/bias:0', '/conv1/conv1/kernel:0'])
  })
})

test.each([
  ['Conv2D', 'conv2d'],
  ['BatchNormalization', 'batch_normalization'],
  ['DepthwiseConv2D', 'depthwise_conv2d'],
  ['PReLU', 'p_re_lu'],
  ['Dense', 'dense'],
])('%s is %s', (className, snake) => {
  expect(snakeCase(className)).toBe(snake)
})

test('models in an archive without names, whose layers have one name, are told apart by their rank', async () => {
  const inner = (name: string) => {
    const x = layers.input({ shape: [4] })
    return new Model({ inputs: x, outputs: layers.dense({ units: 4, name: 'fc' }).apply(x), name })
  }
  const input = layers.input({ shape: [4] })
  const model = new Model({ inputs: input, outputs: inner('two').apply(inner('one').apply(input)), name: 'both' })
  const weights = new Uint8Array(await (await model.saveWeights().blob()).arrayBuffer())
  async function* chunks() {
    yield await Promise.resolve(weights)
  }
  const archive = zipFile(
    new Map([
      ['metadata.json', textFile(JSON.stringify({ keras_version: '3.5.0' }))],
      ['config.json', textFile(JSON.stringify(model.serialize()))],
      ['model.weights.h5', { size: weights.length, chunks }],
    ]),
  )
  const parts: BlobPart[] = []
  for await (const part of archive.chunks()) parts.push(part.slice())
  expect((await loadModel(new Blob(parts))).weights.length).toBe(4)
  const file = await openKerasWeights(bytesSource(weights))
  const placed = (among: KerasWeightsFile) => [...placesOf(model.serialize(), model, among)].map(([path, { place }]) => [path, place!.path])
  expect(placed(file)).toEqual([
    ['one/fc', '/layers/functional/layers/dense'],
    ['two/fc', '/layers/functional_1/layers/dense'],
  ])
  // Of a class that the file has another number of, none can be told.
  expect(placed({ ...file, layers: file.layers.slice(1) })).toEqual([])
})

describe('a subclassed model, whose groups have the names of its attributes', () => {
  const name = 'keras3_subclassed.weights.h5'

  test('its layers are found wherever they are; what draws, and the optimizer, is none of them', async () => {
    const file = await openKerasWeights(source(name))
    expect(file.variant).toBe('Keras 3 weights of a subclassed model, with layer names')
    const found = file.layers.filter((l) => l.weights.length).map((l) => [l.name, l.fullName, l.place!.path, l.weights.length])
    const block = (i: number, path: string) => [
      [`block${i}`, undefined, path, 1],
      [`bn${i}`, `block${i}/body${i}/bn${i}`, `${path}/body/layers/batch_normalization`, 4],
      [`conv${i}`, `block${i}/body${i}/conv${i}`, `${path}/body/layers/conv2d`, 2],
    ]
    expect(found).toEqual([
      ...block(2, '/blocks/block'),
      ...block(3, '/blocks/block_1'),
      ...block(1, '/first'),
      ['predictions', undefined, '/head', 2],
    ])
  })

  test('a network with layers of these names gets their values', async () => {
    const input = layers.input({ shape: [8, 8, 3] })
    let x = input
    for (const i of [1, 2, 3]) {
      x = layers.conv2d({ filters: 2 + i, kernelSize: 3, name: `conv${i}` }).apply(x)
      x = layers.batchNormalization({ name: `bn${i}` }).apply(x)
    }
    const head = layers.dense({ units: 5, name: 'predictions' }).apply(layers.globalAveragePooling2d().apply(x))
    const model = new Model({ inputs: input, outputs: head })
    const { unusedInFile } = await model.loadWeights(source(name))
    expect(unusedInFile).toEqual(['block2', 'block3', 'block1'])
    for (const w of model.weights) expect(await w.source.read(0, sizeOf(w.shape)), w.path).toEqual(recipeValues(w.layer, w.name, w.shape))
  })

  test('without its config it is no model', async () => {
    await expect(loadModel(source(name))).rejects.toMatchObject({ code: 'not-keras' })
  })
})
