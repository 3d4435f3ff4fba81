/**
 * What layers that augment pictures share: they draw numbers for every sample in a training step, and pass everything when the model predicts,
 * unless it is asked to augment. They have no weights, so that `trainable` does not matter to them, as in Keras.
 */
import { ArgumentError } from '../../errors.ts'
import { described } from '../../described.ts'
import type { Node } from '../../graph/graph.ts'
import { draws } from '../../kernels/draws.ts'
import { checkNames } from '../../options.ts'
import type { KerasConfig, LayerConfig } from '../config.ts'
import { Layer, type EmitContext, type SymbolicShape } from '../layer.ts'
import { checkSeed, saltOf, seedOf } from '../seeds.ts'
import { Space, spaceOptions, type SpaceOptions } from '../space.ts'

export interface AugmentationOptions extends SpaceOptions {
  /** A whole number; mixed into the seed of `fit` or `predict`, which alone makes what is drawn the same again. Default: none. */
  seed?: number | null
}

/** A number, or from where to where. */
export type Factor = number | readonly [number, number]

export type Range = readonly [low: number, high: number]

const COMMON: readonly (keyof AugmentationOptions)[] = ['seed', 'name', 'trainable', 'activityRegularizer', 'dataFormat']

export abstract class Augmentation extends Layer {
  readonly seed: number | null
  override readonly space: Space

  /** @param own names of the options that the layer has besides those of all that augment. @throws ArgumentError for others */
  constructor(base: string, options: AugmentationOptions, own: readonly string[]) {
    super(base, options)
    checkNames(this.name, options, [...own, ...COMMON])
    this.seed = checkSeed(this.name, options.seed)
    this.space = new Space(this.name, 2, options)
  }

  /** Appends what is done to [N,H,W,C] with numbers that are drawn. */
  protected abstract augment(c: EmitContext, x: Node): Node

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return this.space.shape(this.space.picture(x))
  }

  override emit(c: EmitContext, inputs: readonly Node[]): Node {
    return c.augment ? this.space.on(c.graph, inputs[0]!, (x) => this.augment(c, x)) : inputs[0]!
  }

  /** Numbers for every sample of x, uniform in each range: [N,ranges]. */
  protected draw(c: EmitContext, x: Node, ...ranges: readonly Range[]): Node {
    return c.graph.add(draws, [c.seed()], { rows: x.shape[0]!, salt: this.salt(c), ranges })
  }

  /** Tells draws apart. */
  protected salt({ graph }: EmitContext): number {
    return saltOf(graph, this.seed)
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), ...this.space.config(), seed: this.seed }
  }
}

/** Name, trainable, data format and seed of a config. @throws FileError */
export function augmentationOptions(c: LayerConfig): AugmentationOptions {
  return { ...spaceOptions(c), seed: seedOf(c) }
}

/** One number, or two. @throws FileError */
export function factorOf(c: LayerConfig, key: string): Factor {
  return Array.isArray(c.value(key)) ? c.pair([key]) : c.number([key])
}

/** As `factorOf`, or undefined where the config has none. */
export function factorIn(c: LayerConfig, key: string): Factor | undefined {
  return c.value(key) === undefined ? undefined : factorOf(c, key)
}

const isPair = (value: unknown): value is Range => Array.isArray(value) && value.length === 2 && value.every(Number.isFinite)

/** The range of an option in order, from two numbers. @throws ArgumentError */
export function rangeOf(layer: string, name: string, value: unknown): Range {
  if (!isPair(value)) throw new ArgumentError(layer, `${name} must be two numbers, got ${described(value)}`)
  return value[0] <= value[1] ? value : [value[1], value[0]]
}

/**
 * What a factor stands for: f is from -f to f, but not below the lowest.
 * @param bounds of the number; two numbers must have something in common with them, as in Keras's `BaseImagePreprocessingLayer`
 * @throws ArgumentError
 */
export function factorRange(layer: string, name: string, value: unknown, [low, high]: Range): Range {
  const f = Math.abs(value as number)
  if (typeof value === 'number' && value >= low && value <= high) return [Math.max(-f, low), f]
  if (isPair(value) && value[0] <= high && value[1] >= low) return rangeOf(layer, name, value)
  throw new ArgumentError(layer, `${name} must be a number from ${low} to ${high}, or two, got ${described(value)}`)
}

/** As `factorRange`, where f is always from -f to f, and each of two numbers is within the bounds. @throws ArgumentError */
export function symmetricRange(layer: string, name: string, value: unknown, [low, high]: Range, lowest = low): Range {
  const f = Math.abs(value as number)
  if (typeof value === 'number' && value >= low && value <= high) return [-f, f]
  if (isPair(value) && value.every((v) => v >= lowest && v <= high)) return rangeOf(layer, name, value)
  throw new ArgumentError(layer, `${name} must be a number from ${low} to ${high}, or two, got ${described(value)}`)
}
