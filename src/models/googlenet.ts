/**
 * GoogLeNet, Inception v1 (Szegedy et al. 2014, arXiv:1409.4842) as Caffe's model zoo has it (bvlc_googlenet): pools round up, local
 * response normalisation, two auxiliary heads. Pixels are preprocessed with mode `bvlc`. There are no official Keras weights.
 */
import { ArgumentError } from '../errors.ts'
import * as layers from '../layers/functions.ts'
import type { SymbolicTensor } from '../layers/layer.ts'
import type { AnyModel, Model } from '../training/model.ts'
import type { Padding } from '../shape.ts'
import { application, type ApplicationOptions, type Classifier, type Recipe } from './application.ts'
import { norm, pool } from './caffe.ts'

/** Filters of one module: 1x1; 3x3 behind a 1x1; 5x5 behind a 1x1; 1x1 behind a pool. */
type Module = readonly [one: number, three: readonly [number, number], five: readonly [number, number], pool: number]

const MODULES: Readonly<Record<string, Module>> = {
  '3a': [64, [96, 128], [16, 32], 32],
  '3b': [128, [128, 192], [32, 96], 64],
  '4a': [192, [96, 208], [16, 48], 64],
  '4b': [160, [112, 224], [24, 64], 64],
  '4c': [128, [128, 256], [24, 64], 64],
  '4d': [112, [144, 288], [32, 64], 64],
  '4e': [256, [160, 320], [32, 128], 128],
  '5a': [256, [160, 320], [32, 128], 128],
  '5b': [384, [192, 384], [48, 128], 128],
}

function conv(
  x: SymbolicTensor,
  name: string,
  filters: number,
  kernelSize: number,
  strides = 1,
  padding: Padding = 'same',
): SymbolicTensor {
  return layers.conv2d({ filters, kernelSize, strides, padding, activation: 'relu', name }).apply(x)
}

function inception(x: SymbolicTensor, id: string): SymbolicTensor {
  const [one, three, five, proj] = MODULES[id]!
  const name = `inception_${id}`
  const branch = (size: 3 | 5, [reduce, filters]: readonly [number, number]) =>
    conv(conv(x, `${name}/${size}x${size}_reduce`, reduce, 1), `${name}/${size}x${size}`, filters, size)
  const pooled = layers.maxPooling2d({ poolSize: 3, strides: 1, padding: 'same', name: `${name}/pool` }).apply(x)
  const branches = [conv(x, `${name}/1x1`, one, 1), branch(3, three), branch(5, five), conv(pooled, `${name}/pool_proj`, proj, 1)]
  return layers.concatenate({ name: `${name}/output` }).apply(branches)
}

/** What the auxiliary heads look at is kept on the way. */
function trunk(input: SymbolicTensor, keep: Map<string, SymbolicTensor>): SymbolicTensor {
  let x = conv(input, 'conv1/7x7_s2', 64, 7, 2, [3, 3, 3, 3])
  x = norm(pool(x, 'pool1/3x3_s2'), 'pool1/norm1')
  x = conv(conv(x, 'conv2/3x3_reduce', 64, 1), 'conv2/3x3', 192, 3)
  x = pool(norm(x, 'conv2/norm2'), 'pool2/3x3_s2')
  for (const id of Object.keys(MODULES)) {
    if (id === '4a') x = pool(x, 'pool3/3x3_s2')
    if (id === '5a') x = pool(x, 'pool4/3x3_s2')
    x = inception(x, id)
    keep.set(id, x)
  }
  return x
}

function auxiliary(x: SymbolicTensor, name: string, last: Classifier): SymbolicTensor {
  let y = layers.averagePooling2d({ poolSize: 5, strides: 3, ceilMode: true, name: `${name}/ave_pool` }).apply(x)
  y = layers.flatten({ name: `${name}/flatten` }).apply(conv(y, `${name}/conv`, 128, 1))
  y = layers.dense({ units: 1024, activation: 'relu', name: `${name}/fc` }).apply(y)
  y = layers.dropout({ rate: 0.7, name: `${name}/drop_fc` }).apply(y)
  return layers.dense({ ...last, name: `${name}/classifier` }).apply(y)
}

function top(x: SymbolicTensor, last: Classifier): SymbolicTensor {
  let y = layers.globalAveragePooling2d({ name: 'pool5/7x7_s1' }).apply(x)
  y = layers.dropout({ rate: 0.4, name: 'pool5/drop_7x7_s1' }).apply(y)
  return layers.dense({ ...last, name: 'loss3/classifier' }).apply(y)
}

/** Options of {@link googlenet}: those of every network, and its auxiliary heads. */
export interface GoogLeNetOptions extends ApplicationOptions {
  /** With top: also the outputs of the two auxiliary heads, behind `inception_4a` and `inception_4d`. Default false. */
  auxiliaryHeads?: boolean
}

/** See named.ts. */
export function googlenet(options: GoogLeNetOptions & { auxiliaryHeads: true }): Promise<Model<readonly SymbolicTensor[]>>
export function googlenet(options?: GoogLeNetOptions): Promise<Model>
export async function googlenet({ auxiliaryHeads = false, ...options }: GoogLeNetOptions = {}): Promise<AnyModel> {
  if (auxiliaryHeads && options.includeTop === false)
    throw new ArgumentError('googlenet', 'auxiliaryHeads is for includeTop true, got it with includeTop false')
  const kept = new Map<string, SymbolicTensor>()
  const recipe: Recipe<SymbolicTensor | readonly SymbolicTensor[]> = {
    name: 'googlenet',
    size: 224,
    minSize: auxiliaryHeads ? 80 : 32,
    trunk: (x) => trunk(x, kept),
    top: (x, last) => {
      const main = top(x, last)
      if (!auxiliaryHeads) return main
      return [main, auxiliary(kept.get('4a')!, 'loss1', last), auxiliary(kept.get('4d')!, 'loss2', last)]
    },
  }
  return application(recipe, options)
}
