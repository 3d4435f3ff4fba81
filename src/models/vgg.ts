/** VGG (Simonyan and Zisserman 2014, arXiv:1409.1556), as Keras Applications has it. Pixels are preprocessed with mode `caffe`. */
import * as layers from '../layers/functions.ts'
import type { SymbolicTensor } from '../layers/layer.ts'
import type { Model } from '../training/model.ts'
import { application, type ApplicationOptions, type Classifier, type Recipe } from './application.ts'

/** Filters and number of 3x3 convolutions of each block. */
type Blocks = readonly (readonly [filters: number, convs: number])[]

function trunk(blocks: Blocks, input: SymbolicTensor): SymbolicTensor {
  let x = input
  blocks.forEach(([filters, convs], i) => {
    const block = `block${i + 1}`
    for (let n = 1; n <= convs; n++) {
      x = layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu', name: `${block}_conv${n}` }).apply(x)
    }
    x = layers.maxPooling2d({ poolSize: 2, strides: 2, name: `${block}_pool` }).apply(x)
  })
  return x
}

function top(input: SymbolicTensor, last: Classifier): SymbolicTensor {
  let x = layers.flatten({ name: 'flatten' }).apply(input)
  x = layers.dense({ units: 4096, activation: 'relu', name: 'fc1' }).apply(x)
  x = layers.dense({ units: 4096, activation: 'relu', name: 'fc2' }).apply(x)
  return layers.dense({ ...last, name: 'predictions' }).apply(x)
}

/** Filters of the five blocks. */
const FILTERS = [64, 128, 256, 512, 512]

function vgg(name: string, convs: readonly number[], options: ApplicationOptions): Promise<Model> {
  const blocks: Blocks = convs.map((count, i) => [FILTERS[i]!, count])
  const recipe: Recipe = { name, size: 224, minSize: 32, trunk: (x) => trunk(blocks, x), top }
  return application(recipe, options)
}

/** See named.ts. */
export function vgg16(options: ApplicationOptions = {}): Promise<Model> {
  return vgg('vgg16', [2, 2, 3, 3, 3], options)
}

/** See named.ts. */
export function vgg19(options: ApplicationOptions = {}): Promise<Model> {
  return vgg('vgg19', [2, 2, 4, 4, 4], options)
}
