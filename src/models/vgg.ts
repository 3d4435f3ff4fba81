/** VGG (Simonyan and Zisserman 2014, arXiv:1409.1556), as Keras Applications has it. Pixels are preprocessed with mode `caffe`. */
import { layers } from '../layers/index.ts'
import type { SymbolicTensor } from '../layers/layer.ts'
import type { Model } from '../training/model.ts'
import { application, type ApplicationOptions, type Recipe } from './application.ts'

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

function top(input: SymbolicTensor, classes: number): SymbolicTensor {
  let x = layers.flatten({ name: 'flatten' }).apply(input)
  x = layers.dense({ units: 4096, activation: 'relu', name: 'fc1' }).apply(x)
  x = layers.dense({ units: 4096, activation: 'relu', name: 'fc2' }).apply(x)
  return layers.dense({ units: classes, activation: 'softmax', name: 'predictions' }).apply(x)
}

function vgg(name: string, blocks: Blocks): Recipe {
  return { name, size: 224, minSize: 32, trunk: (x) => trunk(blocks, x), top }
}

/**
 * VGG16: 138,357,544 parameters with top, 14,714,688 without. Default input 224x224x3, smallest 32x32.
 * @throws ShapeError, ArgumentError, FileError, WeightsError
 */
export function vgg16(options: ApplicationOptions = {}): Promise<Model> {
  return application(
    vgg('vgg16', [
      [64, 2],
      [128, 2],
      [256, 3],
      [512, 3],
      [512, 3],
    ]),
    options,
  )
}
