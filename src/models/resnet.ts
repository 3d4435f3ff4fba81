/**
 * ResNet v1 (He et al. 2015, arXiv:1512.03385), as Keras Applications has it today: convolutions with bias, batch normalisation with epsilon
 * 1.001e-5, the stride in the first 1x1 convolution of a block. Pixels are preprocessed with mode `caffe`.
 */
import * as layers from '../layers/functions.ts'
import type { SymbolicTensor } from '../layers/layer.ts'
import type { Model } from '../training/model.ts'
import { application, type ApplicationOptions, type Classifier, type Recipe } from './application.ts'

const EPSILON = 1.001e-5

/** Filters of the four stages; the last convolution of a block has four times as many. */
const FILTERS = [64, 128, 256, 512]

function conv(x: SymbolicTensor, name: string, filters: number, kernelSize: number, strides = 1): SymbolicTensor {
  const padding = kernelSize === 3 ? 'same' : 'valid'
  const y = layers.conv2d({ filters, kernelSize, strides, padding, name: `${name}_conv` }).apply(x)
  return layers.batchNormalization({ epsilon: EPSILON, name: `${name}_bn` }).apply(y)
}

const relu = (x: SymbolicTensor, name: string) => layers.activation({ activation: 'relu', name }).apply(x)

/** 1x1, 3x3, 1x1 beside a shortcut, which the first block of a stage convolves. */
function block(x: SymbolicTensor, name: string, filters: number, strides: number, first: boolean): SymbolicTensor {
  const shortcut = first ? conv(x, `${name}_0`, 4 * filters, 1, strides) : x
  let y = relu(conv(x, `${name}_1`, filters, 1, strides), `${name}_1_relu`)
  y = relu(conv(y, `${name}_2`, filters, 3), `${name}_2_relu`)
  y = conv(y, `${name}_3`, 4 * filters, 1)
  return relu(layers.add({ name: `${name}_add` }).apply([shortcut, y]), `${name}_out`)
}

function trunk(blocks: readonly number[], input: SymbolicTensor): SymbolicTensor {
  let x = layers.zeroPadding2d({ padding: 3, name: 'conv1_pad' }).apply(input)
  x = relu(conv(x, 'conv1', 64, 7, 2), 'conv1_relu')
  x = layers.zeroPadding2d({ padding: 1, name: 'pool1_pad' }).apply(x)
  x = layers.maxPooling2d({ poolSize: 3, strides: 2, name: 'pool1_pool' }).apply(x)
  blocks.forEach((count, stage) => {
    for (let b = 1; b <= count; b++) {
      const strides = stage > 0 && b === 1 ? 2 : 1
      x = block(x, `conv${stage + 2}_block${b}`, FILTERS[stage]!, strides, b === 1)
    }
  })
  return x
}

function top(x: SymbolicTensor, last: Classifier): SymbolicTensor {
  const y = layers.globalAveragePooling2d({ name: 'avg_pool' }).apply(x)
  return layers.dense({ ...last, name: 'predictions' }).apply(y)
}

function resnet(name: string, blocks: readonly number[], options: ApplicationOptions): Promise<Model> {
  const recipe: Recipe = { name, size: 224, minSize: 32, trunk: (x) => trunk(blocks, x), top }
  return application(recipe, options)
}

/** See named.ts. */
export function resnet50(options: ApplicationOptions = {}): Promise<Model> {
  return resnet('resnet50', [3, 4, 6, 3], options)
}

/** See named.ts. */
export function resnet101(options: ApplicationOptions = {}): Promise<Model> {
  return resnet('resnet101', [3, 4, 23, 3], options)
}

/** See named.ts. */
export function resnet152(options: ApplicationOptions = {}): Promise<Model> {
  return resnet('resnet152', [3, 8, 36, 3], options)
}
