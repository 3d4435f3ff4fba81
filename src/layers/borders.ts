/** Layers that put zeros around pictures and sequences, or cut their borders off. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { pad } from '../kernels/pad.ts'
import { formatShape } from '../shape.ts'
import type { KerasConfig, LayerConfig } from './config.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'
import { dimsOf, Space, spaceOptions, type Dims, type SpaceOptions } from './space.ts'

/** One count for all sides, [rows, columns], or [[top,bottom],[left,right]] as in Keras. */
export type Sides = number | readonly [number, number] | readonly [readonly [number, number], readonly [number, number]]

/** One count for both ends of a sequence, or [before, after]. */
export type Ends = number | readonly [number, number]

type Counts = readonly [top: number, left: number, bottom: number, right: number]

/** Zeros, or what is cut off, on the sides of a picture, by a key of options and configs. */
abstract class Border extends Layer {
  abstract override readonly className: `${'ZeroPadding' | 'Cropping'}${Dims}D`
  override readonly space: Space
  readonly #key: 'padding' | 'cropping'
  /** On each side, [0,before,0,after] of a sequence. */
  readonly counts: Counts

  /** @throws ArgumentError unless all are whole numbers from 0 */
  constructor(base: string, dims: Dims, options: SpaceOptions, key: 'padding' | 'cropping', given: Sides) {
    super(`${base}${dims}d`, options)
    this.space = new Space(this.name, dims, options)
    this.#key = key
    const [rows, columns] = dims === 1 ? [0, given as Ends] : typeof given === 'number' ? [given, given] : given
    const [top, bottom] = typeof rows === 'number' ? [rows, rows] : rows
    const [left, right] = typeof columns === 'number' ? [columns, columns] : columns
    this.counts = [top, left, bottom, right]
    if (this.counts.some((n) => !Number.isInteger(n) || n < 0))
      throw new ArgumentError(this.name, `${key} must be whole numbers from 0, got ${JSON.stringify(given)}`)
  }

  override getConfig(): KerasConfig {
    const [top, left, bottom, right] = this.counts
    const sides = this.space.kept([
      [top, bottom],
      [left, right],
    ])
    const format = this.space.config(this.className !== 'Cropping1D')
    return { ...super.getConfig(), ...format, [this.#key]: sides.length === 1 ? sides[0] : sides }
  }

  /** 1: rows and columns are added; -1: they are cut off. */
  protected abstract readonly sign: 1 | -1

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const [H, W, C] = this.space.picture(x)
    const [top, left, bottom, right] = this.counts
    const [P, Q] = [H + this.sign * (top + bottom), W + this.sign * (left + right)]
    if (P < 1 || Q < 1)
      throw new ShapeError(this.name, `cropping must leave a pixel, got ${formatShape(this.counts)} and ${formatShape(x)}`)
    return this.space.shape([P, Q, C])
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    const [top, left, bottom, right] = this.counts.map((n) => this.sign * n) as unknown as Counts
    return this.space.on(graph, inputs[0]!, (x) => graph.add(pad, [x], { padding: [top, left, bottom, right] }))
  }
}

/** The sides in a config. */
function sidesOf(c: LayerConfig, key: 'padding' | 'cropping'): Sides {
  if (dimsOf(c) === 2) return c.sides(key)
  const ends = c.numbers(key) ?? 1
  if (typeof ends !== 'number' && ends.length !== 2) throw c.refuse(`${key} must be one or two numbers`, ends)
  return ends as Ends
}

export interface ZeroPadding2DOptions extends SpaceOptions {
  /** One count for all sides, [rows, columns], or [[top,bottom],[left,right]] as in Keras. Default 1. */
  padding?: Sides
}

/** Zero rows and columns around the picture; zero steps around a sequence. */
export class ZeroPadding extends Border {
  readonly className: `ZeroPadding${Dims}D`
  protected readonly sign = 1

  constructor(dims: Dims, options: ZeroPadding2DOptions = {}) {
    super('zero_padding', dims, options, 'padding', options.padding ?? 1)
    this.className = `ZeroPadding${dims}D`
  }

  static fromConfig(c: LayerConfig): ZeroPadding {
    return new ZeroPadding(dimsOf(c), { ...spaceOptions(c), padding: sidesOf(c, 'padding') })
  }
}

/** Rows and columns, or steps, cut off: the opposite of ZeroPadding. */
export class Cropping extends Border {
  readonly className: `Cropping${Dims}D`
  protected readonly sign = -1

  /** @param options cropping: default 0, of sequences 1 */
  constructor(dims: Dims, options: SpaceOptions & { cropping?: Sides } = {}) {
    super('cropping', dims, options, 'cropping', options.cropping ?? (dims === 1 ? 1 : 0))
    this.className = `Cropping${dims}D`
  }

  static fromConfig(c: LayerConfig): Cropping {
    return new Cropping(dimsOf(c), { ...spaceOptions(c), cropping: sidesOf(c, 'cropping') })
  }
}
