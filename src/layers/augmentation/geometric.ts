/** RandomFlip, RandomRotation, RandomZoom, RandomTranslation, RandomShear: a matrix for every sample, and one resampling. */
import { ArgumentError } from '../../errors.ts'
import type { Node } from '../../graph/graph.ts'
import { affineMatrix, type AffineMatrixAttrs } from '../../kernels/affine_matrix.ts'
import { affineTransform, type AffineTransformAttrs } from '../../kernels/affine_transform.ts'
import { FILL_MODES, type FillMode } from '../../kernels/fill_modes.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from '../config.ts'
import type { EmitContext } from '../layer.ts'
import {
  Augmentation,
  augmentationOptions,
  factorIn,
  factorOf,
  factorRange,
  symmetricRange,
  type AugmentationOptions,
  type Factor,
  type Range,
} from './augmentation.ts'

type Sampling = Pick<AffineTransformAttrs, 'interpolation' | 'fillMode' | 'fillValue' | 'scipy'>

/** Moves x as the numbers say. @param size of the result. Default: that of x */
export function transformed(
  { graph }: EmitContext,
  x: Node,
  numbers: Node,
  matrix: Pick<AffineMatrixAttrs, 'kind' | 'axes'>,
  sampling: Sampling,
  size?: Pick<AffineTransformAttrs, 'height' | 'width'>,
): Node {
  const [, height, width] = x.shape as readonly [number, number, number, number]
  const by = graph.add(affineMatrix, [numbers], { ...matrix, height, width })
  return graph.add(affineTransform, [x, by], { height, width, ...size, ...sampling })
}

/** Copies pixels. */
export const COPY: Sampling = { interpolation: 'nearest', fillMode: 'nearest', fillValue: 0 }

const FLIPS = { horizontal: ['horizontal'], vertical: ['vertical'], horizontal_and_vertical: ['horizontal', 'vertical'] } as const

export interface RandomFlipOptions extends AugmentationOptions {
  /** Default `horizontal_and_vertical`: one draw for both, as in Keras 3. */
  mode?: keyof typeof FLIPS
}

/** Flips half of the samples. */
export class RandomFlip extends Augmentation {
  readonly className = 'RandomFlip'
  readonly mode: keyof typeof FLIPS

  constructor(options: RandomFlipOptions = {}) {
    super('random_flip', options, ['mode'])
    this.mode = options.mode ?? 'horizontal_and_vertical'
    if (!Object.hasOwn(FLIPS, this.mode))
      throw new ArgumentError(this.name, `mode must be one of ${Object.keys(FLIPS).join(', ')}, got ${String(this.mode)}`)
  }

  static fromConfig(c: LayerConfig): RandomFlip {
    c.only('mode', ...Object.keys(FLIPS))
    return new RandomFlip({ ...augmentationOptions(c), mode: (c.value('mode') ?? 'horizontal_and_vertical') as keyof typeof FLIPS })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), mode: this.mode }
  }

  protected override augment(c: EmitContext, x: Node): Node {
    return transformed(c, x, this.draw(c, x, [0, 1]), { kind: 'flip', axes: FLIPS[this.mode] }, COPY)
  }
}

export interface SamplingOptions extends AugmentationOptions {
  /** How a picture goes on beyond its edges. Default `reflect`: (b a | a b c | c b). */
  fillMode?: FillMode
  /** Default `bilinear`. */
  interpolation?: 'nearest' | 'bilinear'
  /** What is beyond the edges where fillMode is `constant`. Default 0. */
  fillValue?: number
}

abstract class Resampling extends Augmentation {
  readonly sampling: Sampling

  constructor(base: string, options: SamplingOptions, own: readonly string[]) {
    super(base, options, [...own, 'fillMode', 'interpolation', 'fillValue'])
    const { fillMode = 'reflect', interpolation = 'bilinear', fillValue = 0 } = options
    this.sampling = { interpolation, fillMode, fillValue }
    if (!FILL_MODES.includes(fillMode))
      throw new ArgumentError(this.name, `fillMode must be one of ${FILL_MODES.join(', ')}, got ${String(fillMode)}`)
    if (interpolation !== 'nearest' && interpolation !== 'bilinear')
      throw new ArgumentError(this.name, `interpolation must be nearest or bilinear, got ${String(interpolation)}`)
    if (!Number.isFinite(fillValue)) throw new ArgumentError(this.name, `fillValue must be a finite number, got ${String(fillValue)}`)
  }

  override getConfig(): KerasConfig {
    const { fillMode, interpolation, fillValue } = this.sampling
    return { ...super.getConfig(), fill_mode: fillMode, interpolation, fill_value: fillValue }
  }
}

function samplingOptions(c: LayerConfig): LayerOptions & SamplingOptions {
  c.only('fill_mode', ...FILL_MODES)
  c.only('interpolation', 'nearest', 'bilinear')
  return {
    ...augmentationOptions(c),
    fillMode: (c.value('fill_mode') ?? 'reflect') as FillMode,
    interpolation: (c.value('interpolation') ?? 'bilinear') as 'nearest' | 'bilinear',
    fillValue: c.number(['fill_value'], 0),
  }
}

export interface RandomRotationOptions extends SamplingOptions {
  /** Turns, counter-clockwise where positive: 0.1 is from -36 to 36 degrees. A number from -1 to 1, or from where to where. */
  factor: Factor
}

/** Turns every sample about its centre. */
export class RandomRotation extends Resampling {
  readonly className = 'RandomRotation'
  readonly factor: Range

  constructor(options: RandomRotationOptions) {
    super('random_rotation', options, ['factor'])
    this.factor = factorRange(this.name, 'factor', options.factor, [-1, 1])
  }

  static fromConfig(c: LayerConfig): RandomRotation {
    return new RandomRotation({ ...samplingOptions(c), factor: factorOf(c, 'factor') })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), factor: this.factor }
  }

  protected override augment(c: EmitContext, x: Node): Node {
    return transformed(c, x, this.draw(c, x, this.factor), { kind: 'rotation' }, this.sampling)
  }
}

export interface RandomZoomOptions extends SamplingOptions {
  /** Above 0 the picture shrinks, below it grows: 0.2 is a view of 0.8 to 1.2 times the height. Above -1, up to 1. */
  heightFactor: Factor
  /** Default null: the width as the height. */
  widthFactor?: Factor | null
}

/** The least number above -1, which is refused. */
const ABOVE_MINUS_1 = -1 + 2 ** -53

/** Zooms every sample in or out. */
export class RandomZoom extends Resampling {
  readonly className = 'RandomZoom'
  readonly heightFactor: Factor
  readonly widthFactor: Factor | null
  readonly #height: Range
  readonly #width: Range | undefined

  constructor(options: RandomZoomOptions) {
    super('random_zoom', options, ['heightFactor', 'widthFactor'])
    this.heightFactor = options.heightFactor
    this.widthFactor = options.widthFactor ?? null
    this.#height = this.#zooms('heightFactor', this.heightFactor)
    this.#width = this.widthFactor === null ? undefined : this.#zooms('widthFactor', this.widthFactor)
  }

  #zooms(name: string, factor: Factor): Range {
    const [low, high] = symmetricRange(this.name, name, factor, [ABOVE_MINUS_1, 1])
    return [1 + low, 1 + high]
  }

  static fromConfig(c: LayerConfig): RandomZoom {
    const widthFactor = factorIn(c, 'width_factor') ?? null
    return new RandomZoom({ ...samplingOptions(c), heightFactor: factorOf(c, 'height_factor'), widthFactor })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), height_factor: this.heightFactor, width_factor: this.widthFactor }
  }

  protected override augment(c: EmitContext, x: Node): Node {
    const numbers = this.#width ? this.draw(c, x, this.#height, this.#width) : this.draw(c, x, this.#height)
    return transformed(c, x, numbers, { kind: 'zoom' }, this.sampling)
  }
}

export interface RandomTranslationOptions extends SamplingOptions {
  /** Share of the height, down where positive. From -1 to 1. */
  heightFactor: Factor
  /** Share of the width, to the right where positive. From -1 to 1. */
  widthFactor: Factor
}

/** Moves every sample. */
export class RandomTranslation extends Resampling {
  readonly className = 'RandomTranslation'
  readonly heightFactor: Factor
  readonly widthFactor: Factor
  readonly #ranges: readonly [Range, Range]

  constructor(options: RandomTranslationOptions) {
    super('random_translation', options, ['heightFactor', 'widthFactor'])
    this.heightFactor = options.heightFactor
    this.widthFactor = options.widthFactor
    const range = (name: 'heightFactor' | 'widthFactor') => symmetricRange(this.name, name, this[name], [-1, 1])
    this.#ranges = [range('heightFactor'), range('widthFactor')]
  }

  static fromConfig(c: LayerConfig): RandomTranslation {
    return new RandomTranslation({
      ...samplingOptions(c),
      heightFactor: factorOf(c, 'height_factor'),
      widthFactor: factorOf(c, 'width_factor'),
    })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), height_factor: this.heightFactor, width_factor: this.widthFactor }
  }

  protected override augment(c: EmitContext, x: Node): Node {
    return transformed(c, x, this.draw(c, x, ...this.#ranges), { kind: 'translation' }, this.sampling)
  }
}

export interface RandomShearOptions extends SamplingOptions {
  /** Columns that a row moves from the row above it, to either side. A number from 0 to 1, or from where to where. Default 0. */
  xFactor?: Factor
  /** Rows that a column moves from the column before it. Default 0. */
  yFactor?: Factor
}

/** Slants every sample from its upper left corner. */
export class RandomShear extends Resampling {
  readonly className = 'RandomShear'
  readonly xFactor: Factor
  readonly yFactor: Factor
  readonly #ranges: readonly [Range, Range]

  constructor(options: RandomShearOptions = {}) {
    super('random_shear', options, ['xFactor', 'yFactor'])
    this.xFactor = options.xFactor ?? 0
    this.yFactor = options.yFactor ?? 0
    // Keras writes the range from -f to f that it makes of a number, which it does not read again.
    const range = (name: 'xFactor' | 'yFactor') => symmetricRange(this.name, name, this[name], [0, 1], -1)
    this.#ranges = [range('yFactor'), range('xFactor')]
  }

  static fromConfig(c: LayerConfig): RandomShear {
    return new RandomShear({ ...samplingOptions(c), xFactor: factorIn(c, 'x_factor') ?? 0, yFactor: factorIn(c, 'y_factor') ?? 0 })
  }

  /** A range from -f to f is written as f, which Keras reads. */
  override getConfig(): KerasConfig {
    const written = (f: Factor) => (typeof f !== 'number' && f[0] === -f[1] ? f[1] : f)
    return { ...super.getConfig(), x_factor: written(this.xFactor), y_factor: written(this.yFactor) }
  }

  protected override augment(c: EmitContext, x: Node): Node {
    return transformed(c, x, this.draw(c, x, [0, 1], ...this.#ranges), { kind: 'shear' }, this.sampling)
  }
}
