/**
 * ImageDataGenerator: Keras's older way to augment, by its options (keras/src/legacy/preprocessing/image.py). Here it is layers in front of a model:
 * what is random draws on the device while training, what standardises is always done.
 */
import { ArgumentError, DataError } from '../../errors.ts'
import { described } from '../../described.ts'
import type { Node } from '../../graph/graph.ts'
import { FILL_MODES, type FillMode } from '../../kernels/affine_transform.ts'
import { checkNames } from '../../options.ts'
import { formatShape } from '../../shape.ts'
import { isTensor, type Tensor } from '../../tensor.ts'
import type { KerasConfig } from '../config.ts'
import type { EmitContext, SymbolicTensor } from '../layer.ts'
import { Rescaling } from '../scaling.ts'
import { Augmentation, type Range } from './augmentation.ts'
import { COPY, transformed } from './geometric.ts'

export interface ImageDataGeneratorOptions {
  /** Subtract the mean of each channel that `fit` found. Default false. */
  featurewiseCenter?: boolean
  /** Divide by the deviation of each channel that `fit` found; centres, too. Default false. */
  featurewiseStdNormalization?: boolean
  /** Degrees, to either side. Default 0. */
  rotationRange?: number
  /** Below 1 a share of the width, else pixels, to either side. Default 0. */
  widthShiftRange?: number
  /** As `widthShiftRange`, of the height. Which of both moves rows is as in Keras 3, where it is this one that moves columns. Default 0. */
  heightShiftRange?: number
  /** Degrees, to either side. Default 0. */
  shearRange?: number
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
}

const NUMBERS = ['rotationRange', 'widthShiftRange', 'heightShiftRange', 'shearRange', 'cval', 'rescale', 'validationSplit'] as const
const FLAGS = ['featurewiseCenter', 'featurewiseStdNormalization', 'horizontalFlip', 'verticalFlip'] as const
const OTHERS = ['zoomRange', 'fillMode', 'preprocessingFunction'] as const

/** @throws ArgumentError */
function check(options: ImageDataGeneratorOptions): void {
  const refuse = (rule: string, got: unknown) => new ArgumentError('imageDataGenerator', `${rule}, got ${described(got)}`)
  checkNames('imageDataGenerator', options, [...NUMBERS, ...FLAGS, ...OTHERS])
  for (const key of NUMBERS)
    if (options[key] !== undefined && !Number.isFinite(options[key])) throw refuse(`${key} must be a number`, options[key])
  for (const key of FLAGS)
    if (options[key] !== undefined && typeof options[key] !== 'boolean') throw refuse(`${key} must be true or false`, options[key])
  const { fillMode = 'nearest', validationSplit = 0, preprocessingFunction } = options
  if (!FILL_MODES.includes(fillMode)) throw refuse(`fillMode must be one of ${FILL_MODES.join(', ')}`, fillMode)
  if (!(validationSplit >= 0 && validationSplit < 1)) throw refuse('validationSplit must be from 0, and below 1', validationSplit)
  if (preprocessingFunction !== undefined && typeof preprocessingFunction !== 'function')
    throw refuse('preprocessingFunction must be a function', preprocessingFunction)
}

/** The zooms that a range stands for. @throws ArgumentError */
function zoomOf(zoom: number | Range = 0): Range {
  const [low, high] = typeof zoom === 'number' ? [1 - zoom, 1 + zoom] : zoom
  if (Number.isFinite(low) && Number.isFinite(high)) return [low, high]
  throw new ArgumentError('imageDataGenerator', `zoomRange must be a number, or two, got ${described(zoom)}`)
}

/** What of a generator is random: one resampling, and flips. */
class GeneratorTransform extends Augmentation {
  readonly className = 'ImageDataGenerator'
  readonly #options: ImageDataGeneratorOptions
  readonly #zoom: Range

  constructor(options: ImageDataGeneratorOptions) {
    super('image_data_generator', {}, [])
    this.#options = options
    this.#zoom = zoomOf(options.zoomRange)
  }

  override getConfig(): KerasConfig {
    throw new ArgumentError(this.name, 'a layer must be one of Keras to be saved, got an image data generator; Random* layers are some')
  }

  protected override augment(c: EmitContext, x: Node): Node {
    const { rotationRange = 0, widthShiftRange = 0, heightShiftRange = 0, shearRange = 0, fillMode = 'nearest', cval = 0 } = this.#options
    const [, height, width] = x.shape as readonly [number, number, number, number]
    const around = (range: number): Range => [-range, range]
    const shift = (range: number, size: number) => around(Math.abs(range) < 1 ? range * size : range)
    const zoom = this.#zoom
    const moves = [around(rotationRange / 360), shift(heightShiftRange, height), shift(widthShiftRange, width), around(shearRange / 360)]
    let y = x
    if (moves.some(([low]) => low !== 0) || zoom[0] !== 1 || zoom[1] !== 1) {
      const sampling = { interpolation: 'bilinear', fillMode, fillValue: cval, scipy: true } as const
      y = transformed(c, x, this.draw(c, x, ...moves, zoom, zoom), { kind: 'generator' }, sampling)
    }
    for (const axis of ['horizontal', 'vertical'] as const) {
      if (this.#options[`${axis}Flip`]) y = transformed(c, y, this.draw(c, y, [0, 1]), { kind: 'flip', axes: [axis] }, COPY)
    }
    return y
  }
}

/** Keras adds it to deviations. */
const EPSILON = 1e-6

/** See `imageDataGenerator`. */
export class ImageDataGenerator {
  readonly #options: ImageDataGeneratorOptions
  #statistics: { readonly mean: number[]; readonly std: number[] } | undefined

  constructor(options: ImageDataGeneratorOptions) {
    check(options)
    this.#options = options
    zoomOf(options.zoomRange)
  }

  /** Finds mean and deviation of each channel of pictures [N,H,W,C], after `rescale`. @throws ArgumentError, DataError */
  fit(x: Tensor): this {
    if (!isTensor(x) || x.shape.length !== 4)
      throw new ArgumentError(
        'imageDataGenerator',
        `fit takes pictures [N,H,W,C], got ${isTensor(x) ? formatShape(x.shape) : described(x)}`,
      )
    const C = x.shape[3]!
    const count = x.data.length / C
    if (!count) throw new DataError('imageDataGenerator', 'pictures must be at least one, got none')
    const rescale = this.#options.rescale ?? 1
    const mean = new Array<number>(C).fill(0)
    const squares = new Array<number>(C).fill(0)
    x.data.forEach((v, i) => (mean[i % C]! += (v * rescale) / count))
    x.data.forEach((v, i) => (squares[i % C]! += (v * rescale - mean[i % C]!) ** 2 / count))
    this.#statistics = { mean, std: squares.map(Math.sqrt) }
    return this
  }

  /**
   * Puts the generator before a model: random moves, `preprocessingFunction`, `rescale`, and what `fit` found.
   * @param x pictures [N,H,W,C]; with statistics of up to four channels
   * @throws ArgumentError where statistics are needed and `fit` was not called
   */
  apply(x: SymbolicTensor): SymbolicTensor {
    const { featurewiseCenter, featurewiseStdNormalization, rescale, preprocessingFunction } = this.#options
    let y = new GeneratorTransform(this.#options).apply(x)
    if (preprocessingFunction) y = preprocessingFunction(y)
    if (rescale) y = new Rescaling({ scale: rescale }).apply(y)
    if (!featurewiseCenter && !featurewiseStdNormalization) return y
    if (!this.#statistics) throw new ArgumentError('imageDataGenerator', 'statistics must be there before apply, got none (call fit first)')
    const { mean, std } = this.#statistics
    const scale = std.map((s) => (featurewiseStdNormalization ? 1 / (s + EPSILON) : 1))
    return new Rescaling({ scale, offset: mean.map((m, c) => -m * scale[c]!) }).apply(y)
  }

  /**
   * Samples and labels for `fit({ x, y })` of a model, of which this generator is a part: it batches and shuffles them itself.
   * @param subset with `validationSplit`: the first samples are those of validation
   * @throws ArgumentError
   */
  flow(x: Tensor, y: Tensor | ArrayLike<number>, { subset }: { subset?: 'training' | 'validation' } = {}) {
    const split = this.#options.validationSplit ?? 0
    if ((subset !== undefined && subset !== 'training' && subset !== 'validation') || (subset && !split)) {
      const rule = 'subset must be training or validation, and there must be a validationSplit'
      throw new ArgumentError('imageDataGenerator', `${rule}, got ${described(subset)} and ${split}`)
    }
    const count = x.shape[0]!
    const at = Math.floor(split * count)
    const [begin, end] = subset === 'validation' ? [0, at] : subset === 'training' ? [at, count] : [0, count]
    const rows = (t: Tensor): Tensor => {
      const size = t.data.length / count
      return { shape: [end - begin, ...t.shape.slice(1)], data: t.data.slice(begin * size, end * size) }
    }
    return { x: rows(x), y: isTensor(y) ? rows(y) : Array.from(y).slice(begin, end) }
  }
}

/**
 * Keras's ImageDataGenerator as layers in front of a model: `generator.fit(x)` for statistics, `generator.apply(input)` for the layers,
 * `generator.flow(x, y, { subset })` for the data. Samplewise statistics, ZCA, brightness and channel shifts are not among its options.
 * @throws ArgumentError for an option that it does not have, or a value that is none
 */
export function imageDataGenerator(options: ImageDataGeneratorOptions = {}): ImageDataGenerator {
  return new ImageDataGenerator(options)
}
