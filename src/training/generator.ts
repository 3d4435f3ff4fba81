/** ImageDataGenerator: Keras's older way to augment and standardise pictures, by its options. Here it is layers in front of a model. */
import type { BatchOptions, Dataset } from '../dataset.ts'
import { described } from '../described.ts'
import type { Device } from '../device/device.ts'
import { ArgumentError, DataError } from '../errors.ts'
import {
  checkGenerator,
  EPSILON,
  GeneratorTransform,
  standardized,
  wanted,
  type GeneratorStatistics,
  type ImageDataGeneratorOptions,
} from '../layers/augmentation/generator.ts'
import { whiteningMatrix } from '../layers/augmentation/zca.ts'
import { InputLayer } from '../layers/input_layer.ts'
import type { SymbolicShape, SymbolicTensor } from '../layers/layer.ts'
import { Rescaling } from '../layers/scaling.ts'
import { checkOptions } from '../options.ts'
import { inOrder, nthSeed, shuffled } from '../random.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { isTensor, sampleSize, stack, type Tensor } from '../tensor.ts'
import { Model } from './model.ts'
import { channelsFirstBehind } from './picture_axes.ts'

const NAME = 'imageDataGenerator'

/** WebGPU's default for a buffer: rows and columns of the largest matrix that fits. */
const MOST_WHITENED = 8192

/** Options of the generator's own `fit`. See {@link imageDataGenerator}. */
export interface GeneratorFitOptions {
  /** Whether to find the statistics of augmented pictures. Default false. */
  augment?: boolean
  /** How often each picture is augmented. Default 1. */
  rounds?: number
  /** Of what is drawn. Default 0. */
  seed?: number
  /** Where pictures are augmented. */
  device?: Device
  /** Ends it with its reason; the generator has no statistics then. */
  signal?: AbortSignal
}

/** Options of `flow`. See {@link imageDataGenerator}. */
export interface FlowOptions {
  /** Samples of a batch, unless `fit`, `evaluate` or `predict` say otherwise. Default 32. */
  batchSize?: number
  /** Default true: in every epoch of training in another order. */
  shuffle?: boolean
  /** A weight for each sample's loss. */
  sampleWeight?: ArrayLike<number>
  /** A whole number; mixed into the seed of `fit`. Default 0. */
  seed?: number
  /** With `validationSplit`: the first samples are those of validation. */
  subset?: 'training' | 'validation'
}

const FLOW = {
  batchSize: 'positive whole number',
  shuffle: 'boolean',
  sampleWeight: 'any',
  seed: 'any',
  subset: 'any',
} as const

const FIT = { augment: 'boolean', rounds: 'positive whole number', signal: 'AbortSignal', seed: 'any', device: 'any' } as const

/** What slow work gives back, where whoever is waiting for this thread has its turn every now and then. @throws the signal's reason */
async function pausing<T>(work: Generator<void, T>, signal: AbortSignal | undefined): Promise<T> {
  let last = performance.now()
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
    if (performance.now() - last < 20) continue
    await new Promise((resolve) => setTimeout(resolve))
    signal?.throwIfAborted()
    last = performance.now()
  }
}

/** @throws ArgumentError unless it is pictures, at least one, of finite values */
function checkPictures(where: string, x: unknown): asserts x is Tensor {
  if (!isTensor(x) || x.shape.length !== 4)
    throw new ArgumentError(NAME, `${where} takes pictures [N,H,W,C], got ${isTensor(x) ? formatShape(x.shape) : described(x)}`)
  if (!x.shape[0]) throw new DataError(NAME, 'pictures must be at least one, got none')
  checkOrder(x)
  const bad = x.data.findIndex((v) => !Number.isFinite(v))
  if (bad >= 0) throw new DataError(NAME, `pictures must have finite values, got ${x.data[bad]} at ${bad}`)
}

/** @throws ArgumentError for pictures whose channels come first: told by layers, or by 1 or 3 values there and no such number at the end */
function checkOrder({ shape }: { readonly shape: SymbolicShape }, first = false): void {
  const [, C, , last] = shape
  if (!first && (shape.length !== 4 || (C !== 1 && C !== 3) || last! <= 4)) return
  const rule = 'pictures must have their channels last (layers.permute({ dims: [2, 3, 1] }) puts them there)'
  throw new ArgumentError(NAME, `${rule}, got ${formatShape(shape)}`)
}

/** Some rows of a tensor. */
function rowsOf({ shape, data }: Tensor, numbers: Uint32Array): Tensor {
  const size = sampleSize(shape)
  const rows = new (data instanceof Uint8Array ? Uint8Array : Float32Array)(numbers.length * size)
  numbers.forEach((from, to) => rows.set(data.subarray(from * size, (from + 1) * size), to * size))
  return { shape: [numbers.length, ...shape.slice(1)], data: rows }
}

/** See {@link imageDataGenerator}. */
export class ImageDataGenerator {
  readonly #options: ImageDataGeneratorOptions
  #statistics: GeneratorStatistics | undefined

  constructor(options: ImageDataGeneratorOptions) {
    checkGenerator(options)
    this.#options = options
  }

  /**
   * Finds what featurewise options and `zcaWhitening` ask for, of pictures [N,H,W,C] after `rescale`; with `augment` of what the random options make of
   * them. Whitening takes a time that grows with the cube of the smaller of N and the values of a picture (1,000 of 32x32x3: 47 s of one core); the
   * thread is given away meanwhile.
   * @throws ArgumentError, for a matrix that would not fit, too; DataError; DeviceError; the signal's reason
   */
  async fit(x: Tensor, options: GeneratorFitOptions = {}): Promise<this> {
    checkOptions(NAME, options, FIT)
    const { augment = false, signal } = options
    checkPictures('fit', x)
    const { rescale = 1 } = this.#options
    const { mean: centers, std: scales, whitening: whitens } = wanted(this.#options)
    const D = sizeOf(x.shape.slice(1))
    if (whitens && D > MOST_WHITENED) {
      const rule = `zcaWhitening has a matrix with a row for each value of a picture, of which there may be ${MOST_WHITENED}`
      throw new ArgumentError(NAME, `${rule}, got ${D} of ${formatShape(x.shape)}`)
    }
    const rescaled = rescale === 1 ? x : { shape: x.shape, data: Float32Array.from(x.data, (v) => v * rescale) }
    const { data } = augment ? await this.#augmented(rescaled, options) : rescaled
    const values = Float64Array.from(data)
    const C = x.shape[3]!
    const count = values.length / C
    const mean = new Array<number>(C).fill(0)
    const squares = new Array<number>(C).fill(0)
    values.forEach((v, i) => (mean[i % C]! += v / count))
    values.forEach((v, i) => (squares[i % C]! += (values[i] = v - mean[i % C]!) ** 2 / count))
    const matrix = whitens && whiteningMatrix(values, values.length / D, D, this.#options.zcaEpsilon ?? EPSILON)
    this.#statistics = {
      ...(centers && { mean }),
      ...(scales && { std: squares.map(Math.sqrt) }),
      ...(matrix && { whitening: await pausing(matrix, signal) }),
    }
    return this
  }

  /** Every picture so many times, as the random options make them. */
  async #augmented(x: Tensor, { rounds = 1, seed = 0, device, signal }: GeneratorFitOptions): Promise<Tensor> {
    if (!device) throw new ArgumentError(NAME, 'fit needs a device to augment pictures, got none')
    if (!Number.isInteger(seed)) throw new ArgumentError(NAME, `seed must be a whole number, got ${described(seed)}`)
    const transform = new GeneratorTransform(this.#options)
    const input = new InputLayer({ shape: x.shape.slice(1) }).tensor()
    using model = new Model({ inputs: input, outputs: new Rescaling({ scale: 1 }).apply(input) })
    await model.compile({ device, ...(signal && { signal }) })
    const made: Tensor[] = []
    for (let round = 0; round < rounds; round++) {
      const options = { augment: [transform], times: 1, seed: nthSeed(seed, round) }
      made.push(await model.predict(x, { ...options, ...(signal && { signal }) }))
    }
    return stack(made)
  }

  /**
   * Puts the generator before a model: random moves and colours, `preprocessingFunction`, `rescale`, the pictures' own statistics, and those that `fit`
   * found.
   * @param x pictures [N,H,W,C]; with featurewise statistics of up to four channels
   * @throws ArgumentError where statistics are needed and `fit` was not called; for pictures of another size than it was given to whiten, or [N,C,H,W]
   */
  apply(x: SymbolicTensor): SymbolicTensor {
    checkOrder(x, channelsFirstBehind([x]).has(x))
    const moved = new GeneratorTransform(this.#options).apply(x)
    if (wanted(this.#options).mean && !this.#statistics)
      throw new ArgumentError(NAME, 'statistics must be there before apply, got none (call fit first)')
    return standardized(moved, this.#options, this.#statistics ?? {})
  }

  /**
   * Samples in memory as a dataset, in batches: for `fit`, `evaluate` and `predict` of a model that this generator is a part of (`apply`), so that
   * the pictures are as they were given. Arguments as in Keras.
   * @throws ArgumentError; DataError for as many labels or weights as there are no pictures, a side of the split without any
   */
  flow(x: Tensor, y?: Tensor | ArrayLike<number>, options: FlowOptions = {}): Dataset & { readonly count: number } {
    const { batchSize = 32, shuffle: shuffles = true, seed: own = 0, sampleWeight } = options
    checkOptions(NAME, options, FLOW)
    if (!Number.isInteger(own)) throw new ArgumentError(NAME, `seed must be a whole number, got ${described(own)}`)
    checkPictures('flow', x)
    const all = x.shape[0]!
    for (const [name, of] of Object.entries({ y, sampleWeight })) {
      const length = isTensor(of) ? of.shape[0] : of?.length
      if (of !== undefined && length !== all)
        throw new DataError(NAME, `there must be as many of ${name} as pictures, ${all}, got ${length}`)
    }
    const [begin, end] = this.#side(all, options)
    const rows = inOrder(end - begin).map((i) => begin + i)
    return {
      count: rows.length,
      batchSize,
      *batches({ epoch, seed, batchSize: most, shuffle = shuffles }: BatchOptions) {
        const order = shuffle ? shuffled(rows.length, nthSeed((seed ^ own) >>> 0, epoch)) : inOrder(rows.length)
        for (let at = 0; at < order.length; at += most) {
          const numbers = order.subarray(at, at + most).map((i) => rows[i]!)
          yield {
            x: rowsOf(x, numbers),
            ...(y !== undefined && { y: isTensor(y) ? rowsOf(y, numbers) : Array.from(numbers, (i) => y[i]!) }),
            ...(sampleWeight && { sampleWeight: Array.from(numbers, (i) => sampleWeight[i]!) }),
          }
        }
      },
    }
  }

  /** From where to where the samples of a subset are. */
  #side(count: number, { subset }: FlowOptions): [number, number] {
    const split = this.#options.validationSplit ?? 0
    if (subset === undefined) return [0, count]
    if ((subset !== 'training' && subset !== 'validation') || !split) {
      const rule = 'subset must be training or validation, and there must be a validationSplit'
      throw new ArgumentError(NAME, `${rule}, got ${described(subset)} and ${split}`)
    }
    const at = Math.floor(split * count)
    if (!at) throw new DataError(NAME, `validationSplit must leave samples on both sides, got ${split} of ${count}`)
    return subset === 'validation' ? [0, at] : [at, count]
  }
}

/**
 * Keras's ImageDataGenerator as layers in front of a model: `await generator.fit(x)` for statistics, `generator.apply(input)` for the layers,
 * `generator.flow(x, y)` for the data; folders are `flowFromDirectory` in Node. Formulas and order as in Keras (keras/src/legacy/preprocessing/image.py), the
 * matrix in f64. Saved it is not: Keras has no layer for it.
 * @throws ArgumentError for an option that it does not have, or a value that is none
 * @example
 * const generator = await imageDataGenerator({ rotationRange: 20, horizontalFlip: true, featurewiseCenter: true }).fit(x)
 * using augmented = new Model({ inputs: input, outputs: model.apply(generator.apply(input)) })
 * await augmented.compile({ device, optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
 * await augmented.fit(generator.flow(x, y, { batchSize: 3 }))
 */
export function imageDataGenerator(options: ImageDataGeneratorOptions = {}): ImageDataGenerator {
  return new ImageDataGenerator(options)
}
