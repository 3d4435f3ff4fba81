/** RandomErasing: a rectangle of some samples becomes a colour, or noise. */
import { ArgumentError } from '../../errors.ts'
import { described } from '../../described.ts'
import type { Node } from '../../graph/graph.ts'
import { erase } from '../../kernels/erase.ts'
import type { KerasConfig, LayerConfig } from '../config.ts'
import type { EmitContext } from '../layer.ts'
import {
  Augmentation,
  augmentationOptions,
  factorIn,
  factorRange,
  rangeOf,
  type AugmentationOptions,
  type Factor,
  type Range,
} from './augmentation.ts'

type Fill = number | readonly [number, number, number]

export interface RandomErasingOptions extends AugmentationOptions {
  /** How probable it is for a sample: a number f is from 0 to f, or from where to where, drawn for each. Default 1. */
  factor?: Factor
  /** Squares of the shares of width and height that the rectangle has, drawn for each: a number f is from 0 to f. Default [0.02, 0.33]. */
  scale?: Factor
  /** A value, or one for each of three channels. Default null: normal noise with the end of the value range as deviation. */
  fillValue?: Fill | null
  /** From where to where values go: what is filled in is cut off there. Default [0, 255]. */
  valueRange?: Range
}

export class RandomErasing extends Augmentation {
  readonly className = 'RandomErasing'
  readonly factor: Range
  readonly scale: Range
  readonly fillValue: Fill | null
  readonly valueRange: Range

  constructor(options: RandomErasingOptions = {}) {
    super('random_erasing', options, ['factor', 'scale', 'fillValue', 'valueRange'])
    this.factor = factorRange(this.name, 'factor', options.factor ?? 1, [0, 1])
    this.scale = factorRange(this.name, 'scale', options.scale ?? [0.02, 0.33], [0, 1])
    this.fillValue = options.fillValue ?? null
    this.valueRange = rangeOf(this.name, 'valueRange', options.valueRange ?? [0, 255])
    const fill: unknown = this.fillValue ?? 0
    if (Array.isArray(fill) ? fill.length !== 3 || !fill.every(Number.isFinite) : !Number.isFinite(fill))
      throw new ArgumentError(this.name, `fillValue must be a number, or three, got ${described(fill)}`)
    if (this.scale[0] < 0 || this.scale[1] > 1) throw new ArgumentError(this.name, `scale must be from 0 to 1, got ${String(this.scale)}`)
  }

  static fromConfig(c: LayerConfig): RandomErasing {
    return new RandomErasing({
      ...augmentationOptions(c),
      factor: factorIn(c, 'factor') ?? 1,
      scale: factorIn(c, 'scale') ?? [0.02, 0.33],
      fillValue: (c.numbers('fill_value') ?? null) as Fill | null,
      valueRange: c.value('value_range') === undefined ? [0, 255] : c.pair(['value_range']),
    })
  }

  override getConfig(): KerasConfig {
    const { factor, scale, fillValue, valueRange } = this
    return { ...super.getConfig(), factor, scale, fill_value: fillValue, value_range: valueRange }
  }

  protected override augment(c: EmitContext, x: Node): Node {
    const numbers = this.draw(c, x, this.scale, this.scale, [0, 1], [0, 1], this.factor, [0, 1])
    return c.graph.add(erase, [x, numbers, c.seed()], { fill: this.fillValue, range: this.valueRange, salt: this.salt(c) })
  }
}
