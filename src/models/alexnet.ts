/**
 * AlexNet (Krizhevsky et al. 2012) as Caffe's model zoo has it: bvlc_alexnet normalises and then pools, CaffeNet pools first; convolutions 2,
 * 4 and 5 in two groups. Pixels are preprocessed with mode `bvlc`. There are no official Keras weights.
 */
import { ArgumentError } from '../errors.ts'
import * as layers from '../layers/functions.ts'
import type { SymbolicTensor } from '../layers/layer.ts'
import type { Model } from '../training/model.ts'
import { application, type ApplicationOptions, type Classifier, type Recipe } from './application.ts'
import { norm, pool } from './caffe.ts'

function conv(x: SymbolicTensor, name: string, filters: number, kernelSize: number, groups: number, strides = 1): SymbolicTensor {
  const padding = strides === 1 ? 'same' : 'valid'
  return layers.conv2d({ filters, kernelSize, strides, padding, groups, activation: 'relu', name }).apply(x)
}

function trunk(poolFirst: boolean, input: SymbolicTensor): SymbolicTensor {
  const shrink = (x: SymbolicTensor, n: number) =>
    poolFirst ? norm(pool(x, `pool${n}`), `norm${n}`) : pool(norm(x, `norm${n}`), `pool${n}`)
  let x = shrink(conv(input, 'conv1', 96, 11, 1, 4), 1)
  x = shrink(conv(x, 'conv2', 256, 5, 2), 2)
  x = conv(x, 'conv3', 384, 3, 1)
  x = conv(x, 'conv4', 384, 3, 2)
  return pool(conv(x, 'conv5', 256, 3, 2), 'pool5')
}

function top(input: SymbolicTensor, last: Classifier): SymbolicTensor {
  let x = layers.flatten({ name: 'flatten' }).apply(input)
  for (const n of [6, 7]) {
    x = layers.dense({ units: 4096, activation: 'relu', name: `fc${n}` }).apply(x)
    x = layers.dropout({ rate: 0.5, name: `drop${n}` }).apply(x)
  }
  return layers.dense({ ...last, name: 'fc8' }).apply(x)
}

/** Options of {@link alexnet}: those of every network, and what its versions differ in. */
export interface AlexNetOptions extends ApplicationOptions {
  /** Default `bvlc`. */
  variant?: 'bvlc' | 'caffenet'
}

/** See named.ts. */
export async function alexnet({ variant = 'bvlc', ...options }: AlexNetOptions = {}): Promise<Model> {
  if (variant !== 'bvlc' && variant !== 'caffenet')
    throw new ArgumentError('alexnet', `variant must be bvlc or caffenet, got ${String(variant)}`)
  const recipe: Recipe = { name: 'alexnet', size: 227, minSize: 67, trunk: (x) => trunk(variant === 'caffenet', x), top }
  return application(recipe, options)
}
