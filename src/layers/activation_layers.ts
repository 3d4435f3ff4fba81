/** Activations as layers of their own. */
import { ArgumentError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { activation as activationOp } from '../kernels/activation/activation.ts'
import {
  activate,
  activationOf,
  byValue,
  checkActivation,
  kerasActivation,
  reluWith,
  type Activation,
  type ActivationObject,
} from './activations.ts'
import { alongSeveral, resolved, type Axes } from './axes.ts'
import type { KerasConfig, LayerConfig, LayerOptions, MakeLayer } from './config.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'

/** A layer that keeps the shape. */
export abstract class Elementwise extends Layer {
  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return x!
  }
}

/** A layer that may be the activation of another. */
abstract class ActivationFunctionLayer extends Elementwise implements ActivationObject {
  get byValue(): boolean {
    return true
  }

  abstract activate(graph: Graph, x: Node): Node

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    return this.activate(graph, inputs[0]!)
  }
}

/** An activation by name. */
export class ActivationLayer extends ActivationFunctionLayer {
  readonly className = 'Activation'
  readonly activation: Activation

  constructor(options: LayerOptions & { activation: Activation }) {
    super('activation', options)
    this.activation = checkActivation(this.name, options.activation)
  }

  static fromConfig(c: LayerConfig, make: MakeLayer): ActivationLayer {
    return new ActivationLayer({ ...c.options(), activation: activationOf(c, make) })
  }

  override get byValue(): boolean {
    return byValue(this.activation)
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), activation: kerasActivation(this.name, this.activation) }
  }

  override activate(graph: Graph, x: Node): Node {
    return activate(graph, x, this.activation)
  }
}

export interface ReLUOptions extends LayerOptions {
  /** Largest value. Default: none. */
  maxValue?: number | null
  /** Slope below the threshold. Default 0. */
  negativeSlope?: number
  /** Default 0. */
  threshold?: number
}

/** x above the threshold, up to maxValue; negativeSlope * (x - threshold) elsewhere. */
export class ReLU extends ActivationFunctionLayer {
  readonly className = 'ReLU'
  readonly maxValue: number | null
  readonly negativeSlope: number
  readonly threshold: number

  constructor(options: ReLUOptions = {}) {
    super('re_lu', options)
    this.maxValue = options.maxValue ?? null
    this.negativeSlope = options.negativeSlope ?? 0
    this.threshold = options.threshold ?? 0
    const { maxValue, negativeSlope, threshold } = this
    if (![maxValue ?? 0, negativeSlope, threshold].every((n) => Number.isFinite(n) && n >= 0)) {
      const got = `${maxValue}, ${negativeSlope} and ${threshold}`
      throw new ArgumentError(this.name, `maxValue, negativeSlope and threshold must be numbers from 0, got ${got}`)
    }
  }

  static fromConfig(c: LayerConfig): ReLU {
    const max = c.value('max_value') === undefined ? null : c.number(['max_value'])
    return new ReLU({
      ...c.options(),
      maxValue: max,
      negativeSlope: c.number(['negative_slope'], 0),
      threshold: c.number(['threshold', 'theta'], 0),
    })
  }

  override getConfig(): KerasConfig {
    const { maxValue: max_value, negativeSlope: negative_slope, threshold } = this
    return { ...super.getConfig(), max_value, negative_slope, threshold }
  }

  override activate(graph: Graph, x: Node): Node {
    const { maxValue, negativeSlope, threshold } = this
    return graph.add(activationOp, [x], { activation: reluWith(negativeSlope, maxValue ?? Infinity, threshold) })
  }
}

/** x where it is positive, negativeSlope * x elsewhere. */
export class LeakyReLU extends ActivationFunctionLayer {
  readonly className = 'LeakyReLU'
  readonly negativeSlope: number

  /** @param options negativeSlope: default 0.3 */
  constructor(options: LayerOptions & { negativeSlope?: number } = {}) {
    super('leaky_re_lu', options)
    this.negativeSlope = options.negativeSlope ?? 0.3
    if (!Number.isFinite(this.negativeSlope))
      throw new ArgumentError(this.name, `negativeSlope must be a number, got ${this.negativeSlope}`)
  }

  static fromConfig(c: LayerConfig): LeakyReLU {
    return new LeakyReLU({ ...c.options(), negativeSlope: c.number(['negative_slope', 'alpha'], 0.3) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), negative_slope: this.negativeSlope }
  }

  override activate(graph: Graph, x: Node): Node {
    return graph.add(activationOp, [x], { activation: reluWith(this.negativeSlope) })
  }
}

/** x where it is positive, alpha * (exp(x) - 1) elsewhere. */
export class ELU extends ActivationFunctionLayer {
  readonly className = 'ELU'
  readonly alpha: number

  /** @param options alpha: default 1 */
  constructor(options: LayerOptions & { alpha?: number } = {}) {
    super('elu', options)
    this.alpha = options.alpha ?? 1
    if (!Number.isFinite(this.alpha)) throw new ArgumentError(this.name, `alpha must be a number, got ${this.alpha}`)
  }

  static fromConfig(c: LayerConfig): ELU {
    return new ELU({ ...c.options(), alpha: c.number(['alpha'], 1) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), alpha: this.alpha }
  }

  override activate(graph: Graph, x: Node): Node {
    return graph.add(activationOp, [x], { activation: { kind: 'elu', alpha: this.alpha, scale: 1 } })
  }
}

/** Softmax over an axis, or over several as if they were one. */
export class Softmax extends ActivationFunctionLayer {
  readonly className = 'Softmax'
  readonly axis: Axes

  /** @param options axis: default -1 */
  constructor(options: LayerOptions & { axis?: Axes } = {}) {
    super('softmax', options)
    this.axis = options.axis ?? -1
  }

  static fromConfig(c: LayerConfig): Softmax {
    return new Softmax({ ...c.options(), axis: c.numbers('axis') ?? -1 })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), axis: this.axis }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    resolved(this.name, this.axis, x!)
    return x!
  }

  override get byValue(): boolean {
    return false
  }

  override activate(graph: Graph, x: Node): Node {
    return alongSeveral(graph, x, resolved(this.name, this.axis, x.shape), (rows) => activate(graph, rows, 'softmax'))
  }
}
