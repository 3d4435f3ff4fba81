/**
 * What ImageDataGenerator does to pictures, as layers (keras/src/legacy/preprocessing/image.py): what is random draws on the device while
 * training, what standardises is always done. The generator itself, with its statistics and its data: training/generator.ts.
 */
import { ArgumentError } from '../../errors.ts'
import { described } from '../../described.ts'
import type { Node } from '../../graph/graph.ts'
import { dense } from '../../kernels/dense/dense.ts'
import { FILL_MODES, type FillMode } from '../../kernels/fill_modes.ts'
import { pictureShift, type PictureShiftAttrs } from '../../kernels/picture_shift.ts'
import { standardizeSamples } from '../../kernels/standardize_samples.ts'
import { checkNames } from '../../options.ts'
import { fromArray } from '../../parameter.ts'
import { sizeOf } from '../../shape.ts'
import type { KerasConfig } from '../config.ts'
import { Layer, type EmitContext, type SymbolicShape, type SymbolicTensor } from '../layer.ts'
import { sizesOf } from '../open_sizes.ts'
import { Rescaling } from '../scaling.ts'
import { Augmentation, type Range } from './augmentation.ts'
import { COPY, transformed } from './geometric.ts'

/** Options of {@link imageDataGenerator}; names and defaults are Keras's. */
export interface ImageDataGeneratorOptions {
  /** Subtract the mean of each channel that `fit` found. Default false. */
  featurewiseCenter?: boolean
  /** Subtract the mean of all values of a picture. Default false. */
  samplewiseCenter?: boolean
  /** Divide by the deviation of each channel that `fit` found; centres, too. Not together with `zcaWhitening`, as in Keras. Default false. */
  featurewiseStdNormalization?: boolean
  /** Divide by the deviation of all values of a picture; centres, too. Default false. */
  samplewiseStdNormalization?: boolean
  /**
   * Multiply by the matrix that `fit` found, which makes the values of pictures uncorrelated; centres featurewise, too. It has a row for each of up to
   * 8192 values of a picture. Default false.
   */
  zcaWhitening?: boolean
  /** What is added to the singular values before they are divided by. Default 1e-6. */
  zcaEpsilon?: number
  /** Degrees, to either side. Default 0. */
  rotationRange?: number
  /** Below 1 a share of the width, else pixels, to either side. Default 0. */
  widthShiftRange?: number
  /** As `widthShiftRange`, of the height. Which of both moves rows is as in Keras 3, where it is this one that moves columns. Default 0. */
  heightShiftRange?: number
  /** Degrees, to either side. Default 0. */
  shearRange?: number
  /** Factors of the brightness, from where to where, as Pillow has them: with whole numbers. Of 1, 3 or 4 channels. Default null: none. */
  brightnessRange?: Range | null
  /** What is added to all values of a picture, to either side, within the range that they have. Default 0. */
  channelShiftRange?: number
  /** A number f is from 1 - f to 1 + f, or from where to where, for both axes by themselves: below 1 the picture grows. Default 0. */
  zoomRange?: number | Range
  /** As SciPy has it. Default `nearest`. */
  fillMode?: FillMode
  /** What is beyond the edges where fillMode is `constant`. Default 0. */
  cval?: number
  /** Default false. */
  horizontalFlip?: boolean
  /** Default false. */
  verticalFlip?: boolean
  /** What values are multiplied by, before they are standardised. Default: nothing. */
  rescale?: number
  /** Layers before `rescale`: `(x) => layers.preprocess({ mode: 'tf' }).apply(x)`. Default: none. */
  preprocessingFunction?: (x: SymbolicTensor) => SymbolicTensor
  /** Share of the samples that `flow` gives for validation, the first ones. Default 0. */
  validationSplit?: number
  /** 0: moved pixels are copied, 1: interpolated between four. Default 1. */
  interpolationOrder?: 0 | 1
}

const NOT_OF_KERAS = 'a layer must be one of Keras to be saved, got an image data generator; Random* layers are some'

const NUMBERS = [
  ...['rotationRange', 'widthShiftRange', 'heightShiftRange', 'shearRange', 'channelShiftRange', 'zcaEpsilon', 'cval', 'rescale'],
  'validationSplit',
] as const
const FLAGS = [
  ...['featurewiseCenter', 'samplewiseCenter', 'featurewiseStdNormalization', 'samplewiseStdNormalization', 'zcaWhitening'],
  ...['horizontalFlip', 'verticalFlip'],
] as const
const OTHERS = ['zoomRange', 'brightnessRange', 'fillMode', 'interpolationOrder', 'preprocessingFunction'] as const

/** @throws ArgumentError */
export function checkGenerator(options: ImageDataGeneratorOptions): void {
  const refuse = (rule: string, got: unknown) => new ArgumentError('imageDataGenerator', `${rule}, got ${described(got)}`)
  checkNames('imageDataGenerator', options, [...NUMBERS, ...FLAGS, ...OTHERS])
  const given = options as Readonly<Record<string, unknown>>
  for (const key of NUMBERS)
    if (given[key] !== undefined && !Number.isFinite(given[key])) throw refuse(`${key} must be a number`, given[key])
  for (const key of FLAGS)
    if (given[key] !== undefined && typeof given[key] !== 'boolean') throw refuse(`${key} must be true or false`, given[key])
  const {
    fillMode = 'nearest',
    validationSplit = 0,
    preprocessingFunction,
    brightnessRange,
    interpolationOrder = 1,
    zcaEpsilon = 0,
  } = options
  if (!FILL_MODES.includes(fillMode)) throw refuse(`fillMode must be one of ${FILL_MODES.join(', ')}`, fillMode)
  if (!(validationSplit >= 0 && validationSplit < 1)) throw refuse('validationSplit must be from 0, and below 1', validationSplit)
  if (preprocessingFunction !== undefined && typeof preprocessingFunction !== 'function')
    throw refuse('preprocessingFunction must be a function', preprocessingFunction)
  if (interpolationOrder !== 0 && interpolationOrder !== 1) throw refuse('interpolationOrder must be 0 or 1', interpolationOrder)
  if (zcaEpsilon < 0) throw refuse('zcaEpsilon must be from 0', zcaEpsilon)
  const isRange = Array.isArray(brightnessRange) && brightnessRange.length === 2 && brightnessRange.every(Number.isFinite)
  if (brightnessRange !== undefined && brightnessRange !== null && !isRange)
    throw refuse('brightnessRange must be two numbers', brightnessRange)
  zoomOf(options.zoomRange)
}

/** The zooms that a range stands for. @throws ArgumentError */
function zoomOf(zoom: number | Range = 0): Range {
  const [low, high] = typeof zoom === 'number' ? [1 - zoom, 1 + zoom] : zoom
  if (Number.isFinite(low) && Number.isFinite(high)) return [low, high]
  throw new ArgumentError('imageDataGenerator', `zoomRange must be a number, or two, got ${described(zoom)}`)
}

/** What of a generator is random: one resampling, and flips. */
export class GeneratorTransform extends Augmentation {
  readonly className = 'ImageDataGenerator'
  readonly #options: ImageDataGeneratorOptions
  readonly #zoom: Range

  constructor(options: ImageDataGeneratorOptions) {
    super('image_data_generator', {}, [])
    this.#options = options
    this.#zoom = zoomOf(options.zoomRange)
  }

  override getConfig(): KerasConfig {
    throw new ArgumentError(this.name, NOT_OF_KERAS)
  }

  override outputShape(shapes: readonly SymbolicShape[]): SymbolicShape {
    const shape = super.outputShape(shapes)
    const channels = shape[3]!
    if (this.#options.brightnessRange && ![1, 3, 4].includes(channels))
      throw new ArgumentError(this.name, `brightnessRange needs pictures of 1, 3 or 4 channels, got ${channels}`)
    return shape
  }

  /** In Keras's order: moves, colours, flips, brightness. */
  protected override augment(c: EmitContext, x: Node): Node {
    const { channelShiftRange = 0, brightnessRange } = this.#options
    let y = this.#moved(c, x)
    if (channelShiftRange) y = this.#shifted(c, y, 'channels', [-channelShiftRange, channelShiftRange])
    for (const axis of ['horizontal', 'vertical'] as const) {
      if (this.#options[`${axis}Flip`]) y = transformed(c, y, this.draw(c, y, [0, 1]), { kind: 'flip', axes: [axis] }, COPY)
    }
    return brightnessRange ? this.#shifted(c, y, 'brightness', brightnessRange) : y
  }

  #shifted(c: EmitContext, x: Node, kind: PictureShiftAttrs['kind'], range: Range): Node {
    return c.graph.add(pictureShift, [x, this.draw(c, x, range)], { kind })
  }

  #moved(c: EmitContext, x: Node): Node {
    const { rotationRange = 0, widthShiftRange = 0, heightShiftRange = 0, shearRange = 0, fillMode = 'nearest', cval = 0 } = this.#options
    const [, height, width] = x.shape as readonly [number, number, number, number]
    const around = (range: number): Range => [-range, range]
    const shift = (range: number, size: number) => around(Math.abs(range) < 1 ? range * size : range)
    const zoom = this.#zoom
    const moves = [around(rotationRange / 360), shift(heightShiftRange, height), shift(widthShiftRange, width), around(shearRange / 360)]
    if (moves.every(([low]) => low === 0) && zoom[0] === 1 && zoom[1] === 1) return x
    const interpolation = this.#options.interpolationOrder === 0 ? 'nearest' : 'bilinear'
    const sampling = { interpolation, fillMode, fillValue: cval, scipy: true } as const
    return transformed(c, x, this.draw(c, x, ...moves, zoom, zoom), { kind: 'generator' }, sampling)
  }
}

/** A layer that Keras has not, of pictures as they come. */
abstract class Standardization extends Layer {
  override getConfig(): KerasConfig {
    throw new ArgumentError(this.name, NOT_OF_KERAS)
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return x!
  }
}

/** Each picture by its own mean and deviation. */
class SamplewiseStandardization extends Standardization {
  readonly className = 'SamplewiseStandardization'
  readonly #deviation: boolean

  constructor(deviation: boolean) {
    super('samplewise_standardization')
    this.#deviation = deviation
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    return graph.add(standardizeSamples, [x], { deviation: this.#deviation })
  }
}

/** The values of a picture times a matrix. */
class ZcaWhitening extends Standardization {
  readonly className = 'ZcaWhitening'
  readonly #matrix: Float32Array<ArrayBuffer>

  constructor(matrix: Float32Array<ArrayBuffer>) {
    super('zca_whitening', { trainable: false })
    this.#matrix = matrix
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const size = sizeOf(sizesOf(this.name, x, 4))
    const fitted = Math.sqrt(this.#matrix.length)
    if (size !== fitted) throw new ArgumentError(this.name, `pictures must have as many values as those of fit, ${fitted}, got ${size}`)
    return x!
  }

  protected override isStatistic(): boolean {
    return true
  }

  protected override build(): void {
    const size = Math.sqrt(this.#matrix.length)
    this.addWeight('matrix', [size, size], () => fromArray([size, size], this.#matrix))
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    const rows = graph.view(x!, [x!.shape[0]!, sizeOf(x!.shape.slice(1))])
    const y = graph.add(dense, [rows, graph.parameter(this.weight('matrix')!)], { activation: 'linear' })
    return graph.view(y, x!.shape)
  }
}

/** What `fit` finds. */
export interface GeneratorStatistics {
  /** Of each channel. */
  readonly mean?: readonly number[]
  readonly std?: readonly number[]
  /** Square, of the values of a picture. */
  readonly whitening?: Float32Array<ArrayBuffer>
}

/** Keras adds it to deviations. */
export const EPSILON = 1e-6

/** What of the statistics is asked for: some ask for others, as in Keras's constructor. */
export function wanted({ featurewiseCenter, featurewiseStdNormalization, zcaWhitening }: ImageDataGeneratorOptions) {
  const std = featurewiseStdNormalization === true && !zcaWhitening
  return { mean: featurewiseCenter === true || std || zcaWhitening === true, std, whitening: zcaWhitening === true }
}

/** Appends Keras's `standardize` to pictures [N,H,W,C]. */
export function standardized(x: SymbolicTensor, options: ImageDataGeneratorOptions, statistics: GeneratorStatistics): SymbolicTensor {
  const { rescale, preprocessingFunction, samplewiseCenter, samplewiseStdNormalization = false } = options
  let y = preprocessingFunction ? preprocessingFunction(x) : x
  if (rescale) y = new Rescaling({ scale: rescale }).apply(y)
  if (samplewiseCenter || samplewiseStdNormalization) y = new SamplewiseStandardization(samplewiseStdNormalization).apply(y)
  const { mean, std, whitening } = statistics
  if (mean) {
    const scale = mean.map((_, c) => (std ? 1 / (std[c]! + EPSILON) : 1))
    y = new Rescaling({ scale, offset: mean.map((m, c) => -m * scale[c]!) }).apply(y)
  }
  return whitening ? new ZcaWhitening(whitening).apply(y) : y
}
