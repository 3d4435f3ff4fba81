/**
 * ResNet50 as Keras had it up to 2.3 (keras-applications `resnet50`): the same network as today's under other names, in another order of
 * layers, with batch normalisation's default epsilon 1e-3. Pixels are preprocessed with mode `caffe`.
 */
import { ArgumentError } from '../errors.ts'
import * as layers from '../layers/functions.ts'
import type { SymbolicTensor } from '../layers/layer.ts'
import type { Model } from '../training/model.ts'
import { application, type ApplicationOptions, type Classifier, type Recipe } from './application.ts'

const EPSILON = 1e-3

/** Blocks and filters of stages 2 to 5. */
const STAGES = [
  ['abc', 64],
  ['abcd', 128],
  ['abcdef', 256],
  ['abc', 512],
] as const

function conv(x: SymbolicTensor, name: string, filters: number, kernelSize: number, strides = 1): SymbolicTensor {
  const padding = kernelSize === 3 ? 'same' : 'valid'
  const y = layers.conv2d({ filters, kernelSize, strides, padding, name: `res${name}` }).apply(x)
  return layers.batchNormalization({ epsilon: EPSILON, name: `bn${name}` }).apply(y)
}

/** Gives activations and merges the running numbers that Keras gave them. */
class Numbers {
  #activations = 0
  #adds = 0

  relu(x: SymbolicTensor): SymbolicTensor {
    return layers.activation({ activation: 'relu', name: `activation_${++this.#activations}` }).apply(x)
  }

  add(a: SymbolicTensor, b: SymbolicTensor): SymbolicTensor {
    return layers.add({ name: `add_${++this.#adds}` }).apply([a, b])
  }
}

function block(n: Numbers, x: SymbolicTensor, name: string, filters: number, strides: number, first: boolean): SymbolicTensor {
  let y = n.relu(conv(x, `${name}_branch2a`, filters, 1, strides))
  y = n.relu(conv(y, `${name}_branch2b`, filters, 3))
  y = conv(y, `${name}_branch2c`, 4 * filters, 1)
  const shortcut = first ? conv(x, `${name}_branch1`, 4 * filters, 1, strides) : x
  return n.relu(n.add(y, shortcut))
}

function trunk(poolPadding: boolean, input: SymbolicTensor): SymbolicTensor {
  const n = new Numbers()
  let x = layers.zeroPadding2d({ padding: 3, name: 'conv1_pad' }).apply(input)
  x = layers.conv2d({ filters: 64, kernelSize: 7, strides: 2, name: 'conv1' }).apply(x)
  x = n.relu(layers.batchNormalization({ epsilon: EPSILON, name: 'bn_conv1' }).apply(x))
  if (poolPadding) x = layers.zeroPadding2d({ padding: 1, name: 'pool1_pad' }).apply(x)
  x = layers.maxPooling2d({ poolSize: 3, strides: 2, name: 'max_pooling2d_1' }).apply(x)
  STAGES.forEach(([letters, filters], stage) => {
    ;[...letters].forEach((letter, b) => {
      const strides = stage > 0 && b === 0 ? 2 : 1
      x = block(n, x, `${stage + 2}${letter}`, filters, strides, b === 0)
    })
  })
  return x
}

function top(x: SymbolicTensor, last: Classifier): SymbolicTensor {
  const y = layers.globalAveragePooling2d({ name: 'avg_pool' }).apply(x)
  return layers.dense({ ...last, name: 'fc1000' }).apply(y)
}

/** Options of {@link resnet50Legacy}. */
export interface ResNet50LegacyOptions extends ApplicationOptions {
  /**
   * Zeros around the image before the first pool, as keras-applications has them since 1.0.6 (Keras 2.2.3); before, and in files of that
   * time, there were none. The weights are the same. Default true.
   */
  poolPadding?: boolean
}

/** See named.ts. */
export async function resnet50Legacy({ poolPadding = true, ...options }: ResNet50LegacyOptions = {}): Promise<Model> {
  if (typeof poolPadding !== 'boolean')
    throw new ArgumentError('resnet50_legacy', `poolPadding must be true or false, got ${String(poolPadding)}`)
  const recipe: Recipe = { name: 'resnet50_legacy', size: 224, minSize: 32, trunk: (x) => trunk(poolPadding, x), top }
  return application(recipe, options)
}
