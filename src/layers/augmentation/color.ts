/** RandomBrightness, RandomContrast, RandomSaturation, RandomHue, RandomGrayscale, and RandomColorJitter, which is four of them. */
import { ArgumentError } from '../../errors.ts'
import { described } from '../../described.ts'
import type { Node } from '../../graph/graph.ts'
import { adjustColor, type ColorKind } from '../../kernels/adjust_color.ts'
import { globalAvgPool } from '../../kernels/global_avg_pool.ts'
import type { KerasConfig, LayerConfig } from '../config.ts'
import type { EmitContext, SymbolicShape } from '../layer.ts'
import type { Picture } from '../space.ts'
import {
  Augmentation,
  augmentationOptions,
  factorIn,
  factorOf,
  factorRange,
  rangeOf,
  type AugmentationOptions,
  type Factor,
  type Range,
} from './augmentation.ts'

const BYTES: Range = [0, 255]

export interface ColorOptions extends AugmentationOptions {
  /** How much, by a number, or from where to where. */
  factor: Factor
  /** From where to where values go. Default [0, 255]. */
  valueRange?: Range
}

/** A layer that adjusts colours by one factor for each sample. */
abstract class Color extends Augmentation {
  readonly factor: Range
  readonly valueRange: Range
  readonly #kind: ColorKind

  /** @param bounds of the factor */
  constructor(base: string, kind: ColorKind, bounds: Range, options: ColorOptions) {
    super(base, options, ['factor', 'valueRange'])
    this.#kind = kind
    this.factor = factorRange(this.name, 'factor', options.factor, bounds)
    this.valueRange = rangeOf(this.name, 'valueRange', options.valueRange ?? BYTES)
    if (this.valueRange[0] === this.valueRange[1])
      throw new ArgumentError(this.name, `valueRange must be two numbers that differ, got ${String(this.valueRange)}`)
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), factor: this.factor, value_range: this.valueRange }
  }

  /** From where to where the numbers are that the kernel is told. */
  protected draws(): readonly Range[] {
    return [this.factor]
  }

  protected override augment(c: EmitContext, x: Node): Node {
    const kind = this.#kind
    const mean = kind === 'contrast' ? c.graph.add(globalAvgPool, [x], {}) : undefined
    return c.graph.add(adjustColor, [x, this.draw(c, x, ...this.draws()), mean], { kind, range: this.valueRange })
  }
}

function colorOptions(c: LayerConfig): ColorOptions {
  const valueRange = c.value('value_range') === undefined ? BYTES : c.pair(['value_range'])
  return { ...augmentationOptions(c), factor: factorOf(c, 'factor'), valueRange }
}

/** @throws ArgumentError unless a picture has red, green and blue */
function checkRgb(layer: string, [, , channels]: Picture): void {
  if (channels !== 3) throw new ArgumentError(layer, `input must have 3 channels, got ${channels}`)
}

/** Adds a share of the value range, from -1 (black) to 1 (white); a number f is from -f to f. */
export class RandomBrightness extends Color {
  readonly className = 'RandomBrightness'

  constructor(options: ColorOptions) {
    super('random_brightness', 'brightness', [-1, 1], options)
  }

  static fromConfig(c: LayerConfig): RandomBrightness {
    return new RandomBrightness(colorOptions(c))
  }
}

/** Takes what lies beyond a channel's mean times 1 - low to 1 + high; a number f is 1 to 1 + f, as Keras 3 has it, [f, f] is 1 - f to 1 + f. */
export class RandomContrast extends Color {
  readonly className = 'RandomContrast'

  constructor(options: ColorOptions) {
    super('random_contrast', 'contrast', [0, 1], options)
  }

  static fromConfig(c: LayerConfig): RandomContrast {
    return new RandomContrast(colorOptions(c))
  }

  protected override draws(): readonly Range[] {
    return [[1 - this.factor[0], 1 + this.factor[1]]]
  }
}

/**
 * Takes the saturation (of HSV) times f / (1 - f): 0 is grey, 0.5 changes nothing, 1 is all there is. A number f is from -f to f, and what is below
 * 0 grey, as Keras 3 has it. Values from 0; saturation is cut off at the value range, so that [0, 1] is the one for pictures of that range.
 */
export class RandomSaturation extends Color {
  readonly className = 'RandomSaturation'

  constructor(options: ColorOptions) {
    super('random_saturation', 'saturation', [-1, 1], options)
  }

  static fromConfig(c: LayerConfig): RandomSaturation {
    return new RandomSaturation(colorOptions(c))
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    checkRgb(this.name, this.space.picture(x))
    return x!
  }
}

/** Turns the hue (of HSV) by half of a factor from 0 to 1, to either side. */
export class RandomHue extends Color {
  readonly className = 'RandomHue'

  constructor(options: ColorOptions) {
    super('random_hue', 'hue', [0, 1], options)
  }

  static fromConfig(c: LayerConfig): RandomHue {
    return new RandomHue(colorOptions(c))
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    checkRgb(this.name, this.space.picture(x))
    return x!
  }

  protected override draws(): readonly Range[] {
    return [[0, 1], this.factor]
  }
}

/** Takes the colours of a share of the samples: 0.2989 red + 0.587 green + 0.114 blue in every channel. One channel passes. */
export class RandomGrayscale extends Augmentation {
  readonly className = 'RandomGrayscale'
  readonly factor: number

  /** @param options factor: the share, from 0 to 1; default 0.5 */
  constructor(options: AugmentationOptions & { factor?: number } = {}) {
    super('random_grayscale', options, ['factor'])
    this.factor = options.factor ?? 0.5
    if (!(this.factor >= 0 && this.factor <= 1))
      throw new ArgumentError(this.name, `factor must be from 0 to 1, got ${described(this.factor)}`)
  }

  static fromConfig(c: LayerConfig): RandomGrayscale {
    return new RandomGrayscale({ ...augmentationOptions(c), factor: c.number(['factor'], 0.5) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), factor: this.factor }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const picture = this.space.picture(x)
    if (picture[2] !== 1) checkRgb(this.name, picture)
    return x!
  }

  protected override augment(c: EmitContext, x: Node): Node {
    if (x.shape[3] === 1 || this.factor === 0) return x
    return c.graph.add(adjustColor, [x, this.draw(c, x, [0, 1]), undefined], { kind: 'grayscale', range: [0, this.factor] })
  }
}

export interface RandomColorJitterOptions extends AugmentationOptions {
  /** From where to where values go. Default [0, 255]. */
  valueRange?: Range
  /** Each as the factor of its layer. Default null: not that one. */
  brightnessFactor?: Factor | null
  contrastFactor?: Factor | null
  saturationFactor?: Factor | null
  hueFactor?: Factor | null
}

const JITTERS = ['valueRange', 'brightnessFactor', 'contrastFactor', 'saturationFactor', 'hueFactor']

/** RandomBrightness, RandomContrast, RandomSaturation and RandomHue, in this order. */
export class RandomColorJitter extends Augmentation {
  readonly className = 'RandomColorJitter'
  readonly #options: RandomColorJitterOptions
  readonly #steps: readonly Augmentation[]

  constructor(options: RandomColorJitterOptions = {}) {
    super('random_color_jitter', options, JITTERS)
    this.#options = options
    const { brightnessFactor, contrastFactor, saturationFactor, hueFactor, valueRange = BYTES } = options
    const of = <L>(Step: new (options: ColorOptions) => L, factor: Factor | null | undefined): L[] =>
      factor === undefined || factor === null ? [] : [new Step({ name: this.name, seed: this.seed, factor, valueRange })]
    this.#steps = [
      ...of(RandomBrightness, brightnessFactor),
      ...of(RandomContrast, contrastFactor),
      ...of(RandomSaturation, saturationFactor),
      ...of(RandomHue, hueFactor),
    ]
  }

  static fromConfig(c: LayerConfig): RandomColorJitter {
    const factor = (kind: string) => factorIn(c, `${kind}_factor`) ?? null
    return new RandomColorJitter({
      ...augmentationOptions(c),
      valueRange: c.value('value_range') === undefined ? BYTES : c.pair(['value_range']),
      brightnessFactor: factor('brightness'),
      contrastFactor: factor('contrast'),
      saturationFactor: factor('saturation'),
      hueFactor: factor('hue'),
    })
  }

  override getConfig(): KerasConfig {
    const { valueRange = BYTES, brightnessFactor, contrastFactor, saturationFactor, hueFactor } = this.#options
    return {
      ...super.getConfig(),
      value_range: valueRange,
      brightness_factor: brightnessFactor ?? null,
      contrast_factor: contrastFactor ?? null,
      saturation_factor: saturationFactor ?? null,
      hue_factor: hueFactor ?? null,
    }
  }

  /** Each of its steps is given [N,H,W,C]. */
  override outputShape(shapes: readonly SymbolicShape[]): SymbolicShape {
    const picture = this.space.picture(shapes[0])
    this.#steps.forEach((step) => step.outputShape([[null, ...picture]]))
    return super.outputShape(shapes)
  }

  protected override augment(c: EmitContext, x: Node): Node {
    return this.#steps.reduce((y, step) => step.emit(c, [y]), x)
  }
}
