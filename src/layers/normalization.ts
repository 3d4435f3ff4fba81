/** BatchNormalization, Normalization and local response normalisation. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { batchNorm } from '../kernels/batch_norm.ts'
import { batchNormTrain } from '../kernels/batch_norm_train/batch_norm_train.ts'
import { lrn } from '../kernels/lrn.ts'
import { moments } from '../kernels/moments.ts'
import { moveStatistics } from '../kernels/move_statistics.ts'
import { rescale } from '../kernels/rescale.ts'
import type { Parameter } from '../parameter.ts'
import { formatShape } from '../shape.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { ones, zeros, type Initializer, type InitializerName } from './initializers.ts'
import type { ConstraintLike, RegularizerLike } from './weight_rules.ts'
import { checkLastAxis, knownShape, Layer, type EmitContext, type SymbolicShape } from './layer.ts'

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
  /** The last one, as -1 (default) or by its number, the batch counted. */
  axis?: number
}

/**
 * Batch normalisation over the last axis. In training it normalises by the batch's own mean and biased variance, and moves its statistics towards
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
    return { ...super.getConfig(), axis: -1, momentum, epsilon, center, scale }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    checkLastAxis(this.name, this.axis, x!)
    return x!
  }

  protected override isStatistic(name: string): boolean {
    return name === 'moving_mean' || name === 'moving_variance'
  }

  override get changing(): readonly Parameter[] {
    return this.trainable ? this.weights : []
  }

  protected override build(shape: SymbolicShape): void {
    const C = [knownShape(this.name, shape, shape.length).at(-1)!]
    if (this.scale) this.addWeight('gamma', C, ones())
    if (this.center) this.addWeight('beta', C, zeros())
    this.addWeight('moving_mean', C, zeros())
    this.addWeight('moving_variance', C, ones())
  }

  override emit({ graph, training }: EmitContext, [x]: readonly Node[]): Node {
    const { epsilon, momentum } = this
    const param = (name: string) => {
      const p = this.weight(name)
      return p && graph.parameter(p)
    }
    const inputs = [x, param('gamma'), param('beta')]
    if (!training || !this.trainable) {
      return graph.add(batchNorm, [...inputs, param('moving_mean'), param('moving_variance')], { epsilon })
    }
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

export interface NormalizationOptions extends LayerOptions {
  /** Known numbers instead of weights that a file brings: one, or one for each channel. Both or none. */
  mean?: number | readonly number[]
  variance?: number | readonly number[]
  /** The last one, as -1 (default) or by its number, the batch counted. */
  axis?: number
}

/** Channels that the kernel can scale by numbers. */
const MAX_NUMBERS = 4

/** Smallest standard deviation that is divided by, as in Keras. */
const MIN_DEVIATION = 1e-7

/** (x - mean) / sqrt(variance) over the last axis, with statistics of the data: weights from a file, or numbers. */
export class Normalization extends Layer {
  readonly className = 'Normalization'
  readonly mean: number | readonly number[] | undefined
  readonly variance: number | readonly number[] | undefined
  readonly axis: number

  constructor(options: NormalizationOptions = {}) {
    super('normalization', options)
    this.mean = options.mean
    this.variance = options.variance
    this.axis = options.axis ?? -1
    if ((this.mean === undefined) !== (this.variance === undefined)) {
      throw new ArgumentError(this.name, `mean and variance must be given together, got ${String(this.mean)} and ${String(this.variance)}`)
    }
    const [means, variances] = [[this.mean ?? 0].flat(), [this.variance ?? 1].flat()]
    if (!means.every(Number.isFinite) || !variances.every((v) => Number.isFinite(v) && v >= 0)) {
      const rule = 'mean and variance must be finite, and variance at least 0'
      throw new ArgumentError(this.name, `${rule}, got ${means.join(', ')} and ${variances.join(', ')}`)
    }
  }

  static fromConfig(c: LayerConfig): Normalization {
    c.only('invert', false)
    const [mean, variance] = [c.numbers('mean'), c.numbers('variance')]
    // No axis: one mean for all values, which is the same as numbers for each channel, but not as weights.
    const axis = c.raw['axis']
    const none = axis === null || (Array.isArray(axis) && !axis.length)
    if (none && mean === undefined) throw c.refuse('axis must be the last one', axis)
    return new Normalization({
      ...c.options(),
      axis: none ? -1 : axisOf(c),
      ...(mean !== undefined && { mean }),
      ...(variance !== undefined && { variance }),
    })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), axis: [-1], invert: false, mean: this.mean ?? null, variance: this.variance ?? null }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const [channels] = knownShape(this.name, x, x?.length ?? 0).slice(-1)
    checkLastAxis(this.name, this.axis, x!)
    const counts = [this.mean ?? 0, this.variance ?? 0].flatMap((n) => (typeof n === 'number' ? [] : [n.length]))
    if (counts.some((n) => n !== channels || n > MAX_NUMBERS)) {
      const rule = `mean and variance must be one number, or one for each of up to ${MAX_NUMBERS} channels`
      throw new ShapeError(this.name, `${rule}, got ${counts.join(' and ')} numbers and ${formatShape(x)}`)
    }
    return x!
  }

  protected override isStatistic(): boolean {
    return true
  }

  protected override build(shape: SymbolicShape): void {
    if (this.mean !== undefined) return
    const C = [knownShape(this.name, shape, shape.length).at(-1)!]
    this.addWeight('mean', C, zeros())
    this.addWeight('variance', C, ones())
    this.addWeight('count', [], zeros())
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    if (this.mean !== undefined) return this.#byNumbers(graph, inputs[0]!)
    const [mean, variance] = this.weights.map((p) => graph.parameter(p))
    return graph.add(batchNorm, [inputs[0], undefined, undefined, mean, variance], { epsilon: MIN_DEVIATION ** 2 })
  }

  #byNumbers(graph: Graph, x: Node): Node {
    const list = (value: number | readonly number[]) => (typeof value === 'number' ? [value] : value)
    const [means, variances] = [list(this.mean!), list(this.variance!)]
    const count = Math.max(means.length, variances.length)
    const at = (numbers: readonly number[], c: number) => numbers[numbers.length === 1 ? 0 : c]!
    const scale = Array.from({ length: count }, (_, c) => 1 / Math.max(Math.sqrt(at(variances, c)), MIN_DEVIATION))
    return graph.add(rescale, [x], { scale, offset: scale.map((s, c) => -at(means, c) * s) })
  }
}

export interface LocalResponseNormalizationOptions extends LayerOptions {
  /** Channels on each side. Default 5, as in TensorFlow. */
  depthRadius?: number
  /** Default 1. */
  bias?: number
  /** Factor of the sum of squares. Default 1. Caffe divides its alpha by the number of channels first. */
  alpha?: number
  /** Default 0.5. */
  beta?: number
}

/**
 * x / (bias + alpha * sum of squares over neighbouring channels) ^ beta: tf.nn.local_response_normalization as a layer (Krizhevsky et al.
 * 2012). Keras has none: a model with it can be saved as weights only.
 */
export class LocalResponseNormalization extends Layer {
  readonly className = 'LocalResponseNormalization'
  readonly depthRadius: number
  readonly bias: number
  readonly alpha: number
  readonly beta: number

  constructor(options: LocalResponseNormalizationOptions = {}) {
    super('local_response_normalization', options)
    this.depthRadius = options.depthRadius ?? 5
    this.bias = options.bias ?? 1
    this.alpha = options.alpha ?? 1
    this.beta = options.beta ?? 0.5
    const { depthRadius: radius, bias, alpha, beta } = this
    lrn.shape([[1]], { radius, bias, alpha, beta }) // refuses what does not fit
  }

  override getConfig(): KerasConfig {
    throw new ArgumentError(this.name, 'a layer must be one of Keras to be saved, got LocalResponseNormalization (save the weights only)')
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    if (!x || x.length < 2) throw new ShapeError(this.name, `input must have channels, got ${formatShape(x)}`)
    return x
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    const { depthRadius: radius, bias, alpha, beta } = this
    return graph.add(lrn, [x], { radius, bias, alpha, beta })
  }
}
