/** BatchNormalization, and what normalisations with gamma and beta take. */
import { ArgumentError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { batchNorm } from '../kernels/batch_norm.ts'
import type { Parameter } from '../parameter.ts'
import { alongLast, resolvedAxis } from './axes.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { ones, zeros, type Initializer, type InitializerName } from './initializers.ts'
import type { ConstraintLike, RegularizerLike } from './weight_rules.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'
import { sizesOf } from './open_sizes.ts'

/** What normalisations with gamma and beta take. */
export interface NormalizationWeightOptions extends LayerOptions {
  /** Default `ones`. */
  gammaInitializer?: Initializer | InitializerName
  /** Default `zeros`. */
  betaInitializer?: Initializer | InitializerName
  /** Adds to the loss. Default: nothing. */
  gammaRegularizer?: RegularizerLike
  betaRegularizer?: RegularizerLike
  /** Holds after each step. Default: nothing. */
  gammaConstraint?: ConstraintLike
  betaConstraint?: ConstraintLike
  /** Default 1e-3. */
  epsilon?: number
  /** Learn gamma. Default true. */
  scale?: boolean
  /** Learn beta. Default true. */
  center?: boolean
}

export interface BatchNormalizationOptions extends NormalizationWeightOptions {
  /** Share of the moving statistics that a training step keeps; the rest is the batch's. Default 0.99. */
  momentum?: number
  /** The channels, the batch counted. Default -1. */
  axis?: number
}

/**
 * Batch normalisation of each channel. In training it normalises by the batch's own mean and biased variance, and moves its statistics towards
 * them. Frozen, or called with `training: false`, it runs in inference mode with its moving statistics (TF2 and Keras 3), which stay bit-identical.
 */
export class BatchNormalization extends Layer {
  readonly className = 'BatchNormalization'
  readonly epsilon: number
  readonly scale: boolean
  readonly center: boolean
  readonly momentum: number
  readonly axis: number

  constructor(options: BatchNormalizationOptions = {}) {
    super('batch_normalization', options)
    this.epsilon = options.epsilon ?? 1e-3
    this.scale = options.scale ?? true
    this.center = options.center ?? true
    this.momentum = options.momentum ?? 0.99
    this.axis = options.axis ?? -1
    if (!(this.epsilon > 0)) throw new ArgumentError(this.name, `epsilon must be greater than 0, got ${this.epsilon}`)
    if (!(this.momentum >= 0 && this.momentum <= 1)) throw new ArgumentError(this.name, `momentum must be in [0, 1], got ${this.momentum}`)
  }

  static fromConfig(c: LayerConfig): BatchNormalization {
    c.only('mode', 0) // Keras 1: 1 and 2 normalise each sample, or by the batch
    return new BatchNormalization({
      ...c.options(),
      epsilon: c.number(['epsilon'], 1e-3),
      scale: c.flag('scale', true),
      center: c.flag('center', true),
      momentum: c.number(['momentum'], 0.99),
      axis: axisOf(c),
    })
  }

  override getConfig(): KerasConfig {
    const { epsilon, scale, center, momentum } = this
    return { ...super.getConfig(), axis: this.axis, momentum, epsilon, center, scale }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    resolvedAxis(this.name, this.axis, x!)
    return x!
  }

  protected override channelsOf(x: SymbolicShape): number | null {
    return x[resolvedAxis(this.name, this.axis, x)]!
  }

  protected override isStatistic(name: string): boolean {
    return name === 'moving_mean' || name === 'moving_variance'
  }

  override get changing(): readonly Parameter[] {
    return this.trainable ? this.weights : []
  }

  protected override build(shape: SymbolicShape): void {
    sizesOf(this.name, shape, shape.length, this.axis)
    const C = [this.channelsOf(shape)!]
    if (this.scale) this.addWeight('gamma', C, ones())
    if (this.center) this.addWeight('beta', C, zeros())
    this.addWeight('moving_mean', C, zeros())
    this.addWeight('moving_variance', C, ones())
  }

  override emit(c: EmitContext, inputs: readonly Node[]): Node {
    const axis = resolvedAxis(this.name, this.axis, inputs[0]!.shape)
    return alongLast(c.graph, inputs, axis, ([x]) => this.#normalised(c, x!))
  }

  #normalised({ graph, training }: EmitContext, x: Node): Node {
    const { epsilon, momentum } = this
    const param = (name: string) => {
      const p = this.weight(name)
      return p && graph.parameter(p)
    }
    const inputs = [x, param('gamma'), param('beta')]
    if (!training || !this.trainable) {
      return graph.add(batchNorm, [...inputs, param('moving_mean'), param('moving_variance')], { epsilon })
    }
    const { batchNormTrain, moments, moveStatistics } = training
    const batch = graph.add(moments, [x], {})
    const statistics = this.weights.filter((w) => this.isStatistic(w.name))
    graph.update(moveStatistics, [batch], statistics, { momentum })
    return graph.add(batchNormTrain, [...inputs, batch], { epsilon })
  }
}

/** One axis, be it in a list, as tf.keras writes it. */
function axisOf(c: LayerConfig): number {
  const axis = c.numbers('axis') ?? -1
  if (typeof axis !== 'number') throw c.refuse('axis must be one', axis)
  return axis
}
