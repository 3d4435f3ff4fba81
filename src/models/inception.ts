/**
 * InceptionV3 (Szegedy et al. 2015, arXiv:1512.00567), as Keras Applications has it: 94 times convolution without bias, batch
 * normalisation without scale, ReLU. Pixels are preprocessed with mode `tf`.
 */
import * as layers from '../layers/functions.ts'
import type { SymbolicTensor } from '../layers/layer.ts'
import type { Model } from '../training/model.ts'
import type { Padding } from '../shape.ts'
import { application, type ApplicationOptions, type Classifier, type Recipe } from './application.ts'

/** Filters, rows and columns of one convolution, in the order of Keras's `conv2d_bn`. */
type Conv = readonly [filters: number, rows: number, columns: number]

/** Keras names these layers by running number, in the order of creation, so that order is part of the file format. */
class Builder {
  readonly #counts = new Map<string, number>()

  #name(base: string): string {
    const n = this.#counts.get(base) ?? 0
    this.#counts.set(base, n + 1)
    return n === 0 ? base : `${base}_${n}`
  }

  conv(x: SymbolicTensor, [filters, rows, columns]: Conv, strides = 1, padding: Padding = 'same'): SymbolicTensor {
    const kernelSize: [number, number] = [rows, columns]
    let y = layers.conv2d({ filters, kernelSize, strides, padding, useBias: false, name: this.#name('conv2d') }).apply(x)
    y = layers.batchNormalization({ scale: false, name: this.#name('batch_normalization') }).apply(y)
    return layers.activation({ activation: 'relu', name: this.#name('activation') }).apply(y)
  }

  chain(x: SymbolicTensor, convs: readonly Conv[]): SymbolicTensor {
    return convs.reduce((y, c) => this.conv(y, c), x)
  }

  maxPool(x: SymbolicTensor): SymbolicTensor {
    return layers.maxPooling2d({ poolSize: 3, strides: 2, name: this.#name('max_pooling2d') }).apply(x)
  }

  /** 3x3 average, then a 1x1 convolution. */
  poolBranch(x: SymbolicTensor, filters: number): SymbolicTensor {
    const y = layers.averagePooling2d({ poolSize: 3, strides: 1, padding: 'same', name: this.#name('average_pooling2d') }).apply(x)
    return this.conv(y, [filters, 1, 1])
  }

  concat(branches: readonly SymbolicTensor[], name?: string): SymbolicTensor {
    return layers.concatenate({ name: name ?? this.#name('concatenate') }).apply(branches)
  }
}

function stem(b: Builder, input: SymbolicTensor): SymbolicTensor {
  let x = b.conv(input, [32, 3, 3], 2, 'valid')
  x = b.conv(x, [32, 3, 3], 1, 'valid')
  x = b.maxPool(b.conv(x, [64, 3, 3]))
  x = b.conv(x, [80, 1, 1], 1, 'valid')
  return b.maxPool(b.conv(x, [192, 3, 3], 1, 'valid'))
}

/** mixed0 to mixed2: 1x1, 5x5, double 3x3 and pooling side by side. */
function blockA(b: Builder, x: SymbolicTensor, pool: number, name: string): SymbolicTensor {
  const one = b.conv(x, [64, 1, 1])
  const five = b.chain(x, [
    [48, 1, 1],
    [64, 5, 5],
  ])
  const three = b.chain(x, [
    [64, 1, 1],
    [96, 3, 3],
    [96, 3, 3],
  ])
  return b.concat([one, five, three, b.poolBranch(x, pool)], name)
}

/** mixed3: halves the image. */
function reductionA(b: Builder, x: SymbolicTensor): SymbolicTensor {
  const three = b.conv(x, [384, 3, 3], 2, 'valid')
  const double = b.conv(
    b.chain(x, [
      [64, 1, 1],
      [96, 3, 3],
    ]),
    [96, 3, 3],
    2,
    'valid',
  )
  return b.concat([three, double, b.maxPool(x)], 'mixed3')
}

/** mixed4 to mixed7: 7x7 filters taken apart into 1x7 and 7x1. */
function blockB(b: Builder, x: SymbolicTensor, f: number, name: string): SymbolicTensor {
  const one = b.conv(x, [192, 1, 1])
  const seven = b.chain(x, [
    [f, 1, 1],
    [f, 1, 7],
    [192, 7, 1],
  ])
  const double = b.chain(x, [
    [f, 1, 1],
    [f, 7, 1],
    [f, 1, 7],
    [f, 7, 1],
    [192, 1, 7],
  ])
  return b.concat([one, seven, double, b.poolBranch(x, 192)], name)
}

/** mixed8: halves the image. */
function reductionB(b: Builder, x: SymbolicTensor): SymbolicTensor {
  const three = b.conv(b.conv(x, [192, 1, 1]), [320, 3, 3], 2, 'valid')
  const seven = b.conv(
    b.chain(x, [
      [192, 1, 1],
      [192, 1, 7],
      [192, 7, 1],
    ]),
    [192, 3, 3],
    2,
    'valid',
  )
  return b.concat([three, seven, b.maxPool(x)], 'mixed8')
}

/** mixed9 and mixed10: 3x3 filters spread into 1x3 beside 3x1. */
function blockC(b: Builder, x: SymbolicTensor, index: number): SymbolicTensor {
  const spread = (y: SymbolicTensor) => [b.conv(y, [384, 1, 3]), b.conv(y, [384, 3, 1])]
  const one = b.conv(x, [320, 1, 1])
  const three = b.concat(spread(b.conv(x, [384, 1, 1])), `mixed9_${index}`)
  const double = b.concat(
    spread(
      b.chain(x, [
        [448, 1, 1],
        [384, 3, 3],
      ]),
    ),
  )
  return b.concat([one, three, double, b.poolBranch(x, 192)], `mixed${9 + index}`)
}

function trunk(input: SymbolicTensor): SymbolicTensor {
  const b = new Builder()
  let x = stem(b, input)
  for (const [i, pool] of [32, 64, 64].entries()) x = blockA(b, x, pool, `mixed${i}`)
  x = reductionA(b, x)
  for (const [i, filters] of [128, 160, 160, 192].entries()) x = blockB(b, x, filters, `mixed${4 + i}`)
  x = reductionB(b, x)
  return blockC(b, blockC(b, x, 0), 1)
}

function top(x: SymbolicTensor, last: Classifier): SymbolicTensor {
  const y = layers.globalAveragePooling2d({ name: 'avg_pool' }).apply(x)
  return layers.dense({ ...last, name: 'predictions' }).apply(y)
}

const RECIPE: Recipe = { name: 'inception_v3', size: 299, minSize: 75, automaticNames: true, trunk, top }

/** See named.ts. */
export function inceptionV3(options: ApplicationOptions = {}): Promise<Model> {
  return application(RECIPE, options)
}
