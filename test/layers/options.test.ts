/** Options of layers that are refused, each with its whole message; and what training says to layers without a gradient. */
import { describe, expect, test } from 'vitest'
import { adam, layers, Model } from '../../src/index.ts'
import { LayerConfig } from '../../src/layers/config.ts'
import { layerFromConfig } from '../../src/layers/registry.ts'
import type { Layer, SymbolicTensor } from '../../src/layers/layer.ts'
import { lossGraph } from '../../src/training/graphs.ts'
import { trainingGraph } from '../../src/training/step_graphs.ts'
import '../support/all_classes.ts'
import { classification, updatingBy } from '../support/objective.ts'

const image = () => layers.input({ shape: [4, 5, 3], name: 'image' })
const steps = () => layers.input({ shape: [3, 5], name: 'steps' })
const name = 'it'

test.each<[message: string, make: () => unknown]>([
  ['rate must be in [0, 1), got 1', () => layers.dropout({ rate: 1, name })],
  ['rate must be in [0, 1), got -0.5', () => layers.alphaDropout({ rate: -0.5, name })],
  ['rate must be in [0, 1), got 1', () => layers.gaussianDropout({ rate: 1, name })],
  ['stddev must be a number from 0, got -1', () => layers.gaussianNoise({ stddev: -1, name })],
  ['seed must be a whole number, got 0.5', () => layers.dropout({ rate: 0.5, seed: 0.5, name })],
  ['epsilon must be greater than 0, got 0', () => layers.layerNormalization({ epsilon: 0, name })],
  ['groups must be a positive whole number, or -1, got 0', () => layers.groupNormalization({ groups: 0, name })],
  [
    'strides and dilationRate must not both exceed 1, got [2,1] and [1,2]',
    () => layers.conv2d({ filters: 1, kernelSize: 3, strides: [2, 1], dilationRate: [1, 2], name }),
  ],
  ['dilationRate must be one or two positive whole numbers, got 0', () => layers.depthwiseConv2d({ kernelSize: 3, dilationRate: 0, name })],
  ['kernelSize must be one or two positive whole numbers, got 0', () => layers.conv2d({ filters: 1, kernelSize: 0, name })],
  [
    'strides must be one or two positive whole numbers, got 1,1.5',
    () => layers.conv2d({ filters: 1, kernelSize: 1, strides: [1, 1.5], name }),
  ],
  [
    'padding must be same, valid or [top,left,bottom,right], got causal',
    () => layers.conv2d({ filters: 1, kernelSize: 1, padding: 'causal' as 'same', name }),
  ],
  ['kernelSize must be one number, got 3,3', () => layers.conv1d({ filters: 1, kernelSize: [3, 3] as unknown as number, name })],
  ['poolSize must be one or two positive whole numbers, got 0', () => layers.maxPooling1d({ poolSize: 0, name })],
  ['cropping must leave a pixel, got [0,1,0,2] and [null,3,5]', () => layers.cropping1d({ cropping: [1, 2], name }).apply(steps())],
  ['input must have rank 3, got [null,4,5,3]', () => layers.globalMaxPooling1d({ name }).apply(image())],
  ['n must be a positive whole number, got 0', () => layers.repeatVector({ n: 0, name })],
  ['filters must be a positive whole number, got 0', () => layers.separableConv2d({ filters: 0, kernelSize: 1, name })],
  ['depthMultiplier must be a positive whole number, got 0', () => layers.depthwiseConv2d({ kernelSize: 1, depthMultiplier: 0, name })],
  [
    'groups must divide channels and filters, got 2 groups, 3 channels and 4 filters',
    () => layers.conv2d({ filters: 4, kernelSize: 1, groups: 2, name }).apply(image()),
  ],
  [
    'padding must be same or valid, got [1,1,1,1]',
    () => layers.conv2dTranspose({ filters: 1, kernelSize: 3, padding: [1, 1, 1, 1] as unknown as 'same', name }),
  ],
  [
    'output padding must be whole numbers from 0 and below the strides, got [1,1] and [2,1]',
    () => layers.conv2dTranspose({ filters: 1, kernelSize: 3, strides: [2, 1], outputPadding: 1, name }).apply(image()),
  ],
  ['ceilMode must not go with padding same, got both', () => layers.maxPooling2d({ padding: 'same', ceilMode: true, name })],
  [
    'padding must be whole numbers from 0 and smaller than the pool, got padding [0,0,2,0] and pool size [2,2]',
    () => layers.maxPooling2d({ padding: [0, 0, 2, 0], name }).apply(image()),
  ],
  [
    'window must fit the input, got window [5,5] and input [4,5] with padding valid',
    () => layers.averagePooling2d({ poolSize: 5, name }).apply(image()),
  ],
  ['maxValue, negativeSlope and threshold must be numbers from 0, got -1, 0 and 0', () => layers.relu({ maxValue: -1, name })],
  ['negativeSlope must be a number, got NaN', () => layers.leakyRelu({ negativeSlope: NaN, name })],
  ['alpha must be a number, got Infinity', () => layers.elu({ alpha: Infinity, name })],
  [
    "axis must be some of the input's but the batch, each once, got [4] for [null,4,5,3]",
    () => layers.prelu({ sharedAxes: [4], name }).apply(image()),
  ],
  ['sharedAxes must be whole numbers from 1, the batch being 0, got [1,-1]', () => layers.prelu({ sharedAxes: [1, -1], name })],
  ['sharedAxes must be whole numbers from 1, the batch being 0, got [0]', () => layers.prelu({ sharedAxes: [0], name })],
  [
    "axis must be some of the input's but the batch, each once, got [0] for [null,4,5,3]",
    () => layers.softmax({ axis: 0, name }).apply(image()),
  ],
  ['epsilon must be greater than 0, got 0', () => layers.batchNormalization({ epsilon: 0, name })],
  [
    'dataFormat must be channelsLast or channelsFirst, got first',
    () => layers.conv2d({ filters: 1, kernelSize: 1, dataFormat: 'first' as never, name }),
  ],
  ['dataFormat must be channelsLast or channelsFirst, got first', () => layers.flatten({ dataFormat: 'first' as never, name })],
  [
    'channels must come last to be saved (as Keras has this layer), got channelsFirst',
    () => layers.spatialDropout1d({ rate: 0.5, dataFormat: 'channelsFirst', name } as never).getConfig(),
  ],
  ['mean and variance must be given together, got 1 and undefined', () => layers.normalization({ mean: 1, name })],
  [
    'mean and variance must be finite, and variance at least 0, got 1, 2 and -1',
    () => layers.normalization({ mean: [1, 2], variance: -1, name }),
  ],
  [
    'mean and variance must be one number each where there are several axes, got 4 and 1 for [1,2]',
    () => layers.normalization({ axis: [1, 2], mean: [1, 2, 3, 4], variance: 1, name }),
  ],
  ['add takes at least two tensors, got 1', () => layers.add({ name }).apply(image())],
  [
    'subtract takes two tensors, got 3',
    () => {
      const x = image()
      return layers.subtract({ name }).apply([x, x, x])
    },
  ],
  [
    'a layer that does not merge must be applied to one tensor, got 2',
    () => {
      const x = image()
      return layers.relu({ name }).apply([x, x])
    },
  ],
  ['cropping must leave a pixel, got [2,0,2,0] and [null,4,5,3]', () => layers.cropping2d({ cropping: [2, 0], name }).apply(image())],
  ['padding must be whole numbers from 0, got -1', () => layers.zeroPadding2d({ padding: -1, name })],
  [
    'a target shape must keep the 60 values of a sample, got [7,-1] for [null,4,5,3]',
    () => layers.reshape({ targetShape: [7, -1], name }).apply(image()),
  ],
  [
    'dims must be a permutation of the axes of a sample, 3 at most, got [0,1,2] for [null,4,5,3]',
    () => layers.permute({ dims: [0, 1, 2], name }).apply(image()),
  ],
  ['size must be one or two positive whole numbers, got 0.5', () => layers.upSampling2d({ size: 0.5, name })],
  ['height and width must be positive whole numbers, got 0 and 5', () => layers.resizing({ height: 0, width: 5, name })],
  [
    'interpolation must be one of bilinear, nearest, bicubic, lanczos3, lanczos5, area, bilinearLegacy, bilinearCorners, got gaussian',
    () => layers.resizing({ height: 5, width: 5, interpolation: 'gaussian' as 'area', name }),
  ],
  ['antialias must be true or false, got 1', () => layers.resizing({ height: 5, width: 5, antialias: 1 as never, name })],
  [
    'antialias must be false where interpolation is bilinearLegacy, got true',
    () => layers.resizing({ height: 5, width: 5, antialias: true, interpolation: 'bilinearLegacy', name }),
  ],
  [
    'only one of cropToAspectRatio and padToAspectRatio may be true, got both',
    () => layers.resizing({ height: 5, width: 5, cropToAspectRatio: true, padToAspectRatio: true, name }),
  ],
  ['fillValue must be a finite number, got Infinity', () => layers.resizing({ height: 5, width: 5, fillValue: Infinity, name })],
  ['scale and offset must be finite, got 1,NaN and 0', () => layers.rescaling({ scale: [1, NaN], name })],
])('%s', (message, make) => {
  expect(make).toThrow(`[${name}] ${message}`)
})

test('noise_shape of a file', () => {
  const dropout = (noise_shape: unknown) => layerFromConfig(new LayerConfig('Dropout', { name, rate: 0.5, noise_shape }, 3))!
  expect(dropout([null, 1, 3]).getConfig()).toEqual({ name, trainable: true, seed: null, rate: 0.5, noise_shape: [null, 1, 3] })
  expect(() => dropout('all')).toThrow('[it (Dropout)] noise_shape must be a list, got "all"')
})

describe('training through', () => {
  /** A trainable Dense, the layer, and a classifier. */
  function train(layer: Layer): unknown {
    const input = layers.input({ shape: [2] })
    let x = layers.dense({ units: 48, name: 'first' }).apply(input)
    x = layers.reshape({ targetShape: [4, 4, 3] }).apply(x)
    x = layers.flatten().apply(applied(layer, x))
    const model = new Model({ inputs: input, outputs: layers.dense({ units: 2, activation: 'softmax' }).apply(x) })
    const optimizer = adam()
    return trainingGraph(lossGraph(model, classification(2), 2, true), updatingBy(optimizer))
  }

  const applied = (layer: Layer, x: SymbolicTensor) =>
    ['subtract', 'multiply', 'average', 'maximum', 'minimum', 'concatenate'].includes(layer.className.toLowerCase())
      ? layer.apply([x, x])
      : layer.apply(x)

  test.each([
    layers.randomFlip({ name }),
    layers.prelu({ name }),
    layers.depthwiseConv2d({ kernelSize: 3, name }),
    layers.separableConv2d({ filters: 2, kernelSize: 3, name }),
    layers.conv2dTranspose({ filters: 2, kernelSize: 3, name }),
    layers.leakyRelu({ name }),
    layers.relu({ maxValue: 6, name }),
    layers.elu({ name }),
    layers.activation({ activation: 'silu', name }),
    layers.subtract({ name }),
    layers.multiply({ name }),
    layers.average({ name }),
    layers.maximum({ name }),
    layers.minimum({ name }),
    layers.rescaling({ scale: 2, name }),
    layers.preprocess({ mode: 'tf', name }),
    layers.maxPooling2d({ name }),
    layers.localResponseNormalization({ name }),
    layers.resizing({ height: 2, width: 2, name }),
    layers.upSampling2d({ name }),
    layers.averagePooling2d({ name }),
    layers.globalMaxPooling2d({ name }),
    layers.concatenate({ name }),
    layers.permute({ dims: [2, 1, 3], name }),
    layers.zeroPadding2d({ name }),
    layers.cropping2d({ cropping: 1, name }),
  ])('$className is possible', (layer) => {
    expect(() => train(layer)).not.toThrow()
  })

  test('noise is possible, and its noise shape is checked', () => {
    const from = (className: string, raw: object = {}) => layerFromConfig(new LayerConfig(className, { name, ...raw }, 3))!
    for (const className of ['Dropout', 'AlphaDropout']) {
      expect(() => train(from(className, { rate: 0.5, noise_shape: [null, 1, 4, 1] }))).toThrow(
        '[it] axes that share a draw must lie side by side, got noise shape [null,1,4,1]',
      )
      expect(() => train(from(className, { rate: 0.5, noise_shape: [null, 1, 3] }))).toThrow(
        '[it] noise shape must have 1, null or the size of x for each axis, got [null,1,3] and [2,4,4,3]',
      )
      for (const noise_shape of [null, [null, 1, 1, 3], [null, 1, 1, 1]])
        expect(() => train(from(className, { rate: 0.5, noise_shape }))).not.toThrow()
    }
    for (const className of ['SpatialDropout2D', 'GaussianDropout']) expect(() => train(from(className, { rate: 0.5 }))).not.toThrow()
    for (const layer of [from('GaussianNoise', { stddev: 1 }), from('Identity'), from('ActivityRegularization'), layers.relu({ name })])
      expect(() => train(layer)).not.toThrow()
  })
})
