/** What layers with kernels share: options, checks, and their configs. */
import { ArgumentError } from '../errors.ts'
import type { Padding } from '../shape.ts'
import { activationOf, checkActivation, kerasActivation, type Activation } from './activations.ts'
import type { KerasConfig, LayerConfig, LayerOptions, MakeLayer } from './config.ts'
import { initializer, type Initializer, type InitializerName } from './initializers.ts'
import { Layer } from './layer.ts'
import type { ConstraintLike, RegularizerLike } from './weight_rules.ts'

export interface KernelOptions extends LayerOptions {
  /** Default `linear`. */
  activation?: Activation
  /** Default true. */
  useBias?: boolean
  /** Default `glorotUniform` with seed 0. */
  kernelInitializer?: Initializer | InitializerName
  /** Default `zeros`. */
  biasInitializer?: Initializer | InitializerName
  /** Adds to the loss. Default: nothing. */
  kernelRegularizer?: RegularizerLike
  biasRegularizer?: RegularizerLike
  /** Holds after each step. Default: nothing. */
  kernelConstraint?: ConstraintLike
  biasConstraint?: ConstraintLike
}

export type Pair = number | readonly [number, number]

/** Two positive whole numbers from one or two. @throws ArgumentError */
export function pair(layer: string, what: string, value: Pair): [number, number] {
  const [a, b] = typeof value === 'number' ? [value, value] : value
  if (!Number.isInteger(a) || !Number.isInteger(b) || a < 1 || b < 1) {
    throw new ArgumentError(layer, `${what} must be one or two positive whole numbers, got ${String(value)}`)
  }
  return [a, b]
}

/** @throws ArgumentError unless it is same, valid or four counts. */
export function checkPadding(layer: string, padding: Padding | undefined): Padding {
  const p = padding ?? 'valid'
  const counts = Array.isArray(p) && p.length === 4 && p.every((n) => Number.isInteger(n) && n >= 0)
  if (p !== 'same' && p !== 'valid' && !counts) {
    throw new ArgumentError(layer, `padding must be same, valid or [top,left,bottom,right], got ${String(padding)}`)
  }
  return p
}

/** What a window of `size` leaves out before the image, at its first place. */
type Before = (size: number) => number

/** Of Theano's filters: half of them. */
export const halfBefore: Before = (size) => Math.floor(size / 2)

/** Of Theano's pools, as Keras calls them (`pool2d` of its theano_backend). */
export const poolBefore: Before = (size) => (size > 2 && size % 2 === 1 ? size - 2 : size - 1)

/**
 * The padding of a config. Theano's `same` begins a fixed number of pixels before the image, TensorFlow's a number that depends on the image's
 * size; it is `same` where the two do not differ.
 * @param window rows and columns that it reaches over
 * @param also other names that the layer takes, which it must know itself
 */
export function paddingOf(
  c: LayerConfig,
  window: readonly [number, number],
  strides: readonly [number, number],
  before: Before,
  also: readonly 'causal'[] = [],
): Padding {
  const padding = c.padding(...also) as Padding
  if (padding !== 'same' || !c.origin.theano) return padding
  const equal = window.every((size, i) => size === 1 || (strides[i] === 1 && before(size) === Math.floor((size - 1) / 2)))
  if (equal) return padding
  const [R, S] = window
  return [before(R), before(S), R - 1 - before(R), S - 1 - before(S)]
}

/** @throws ArgumentError for padding that Keras has no name for */
export function kerasPadding(layer: string, padding: Padding): string {
  if (typeof padding === 'string') return padding
  throw new ArgumentError(
    layer,
    `padding must be same or valid to be saved (Keras pads otherwise by ZeroPadding2D), got [${padding.join(',')}]`,
  )
}

/** @throws ArgumentError unless it is a positive whole number. */
export function checkCount(layer: string, what: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) throw new ArgumentError(layer, `${what} must be a positive whole number, got ${value}`)
  return value
}

/** A layer with a kernel, an optional bias and an activation. */
export abstract class KernelLayer extends Layer {
  readonly activation: Activation
  readonly useBias: boolean
  protected readonly kernelInitializer: Initializer
  protected readonly biasInitializer: Initializer

  constructor(base: string, options: KernelOptions) {
    super(base, options)
    this.activation = checkActivation(this.name, options.activation)
    this.useBias = options.useBias ?? true
    this.kernelInitializer = initializer(this.name, options.kernelInitializer ?? 'glorotUniform')
    this.biasInitializer = initializer(this.name, options.biasInitializer ?? 'zeros')
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), activation: kerasActivation(this.name, this.activation), use_bias: this.useBias }
  }
}

/** Name, activation and bias of a config. @param make of an activation that is a layer */
export function kernelOptions(c: LayerConfig, make: MakeLayer): KernelOptions {
  const bias = c.raw['use_bias'] === undefined && typeof c.raw['bias'] === 'boolean' ? 'bias' : 'use_bias' // Keras 1
  return { ...c.options(), activation: activationOf(c, make), useBias: c.flag(bias, true) }
}
