/** Normalisation within each sample: LayerNormalization, GroupNormalization, UnitNormalization. As they predict, so they train. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { layerNorm, type LayerNormAttrs } from '../kernels/layer_norm/layer_norm.ts'
import { layerNormMoments } from '../kernels/layer_norm/moments.ts'
import { formatShape } from '../shape.ts'
import { alongLast, resolved, resolvedAxis, type Axes } from './axes.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { ones, zeros } from './initializers.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'
import { sizesOf } from './open_sizes.ts'
import type { NormalizationWeightOptions } from './normalization.ts'

const ascending = (axes: Axes) => [axes].flat().sort((a, b) => a - b)

/** x by the moments of its rows. */
function normalised(graph: Graph, x: Node, weights: readonly (Node | undefined)[], attrs: LayerNormAttrs): Node {
  return graph.add(layerNorm, [x, weights[0], weights[1], graph.add(layerNormMoments, [x], attrs)], attrs)
}

/** A layer with an epsilon and, as a rule, weights. */
abstract class SampleNormalization extends Layer {
  readonly epsilon: number
  readonly scale: boolean
  readonly center: boolean

  constructor(base: string, options: NormalizationWeightOptions) {
    super(base, options)
    this.epsilon = options.epsilon ?? 1e-3
    this.scale = options.scale ?? true
    this.center = options.center ?? true
    if (!(this.epsilon > 0)) throw new ArgumentError(this.name, `epsilon must be greater than 0, got ${this.epsilon}`)
  }

  /** gamma and beta, of this shape. */
  protected addWeights(shape: readonly number[], scale: boolean, center: boolean): void {
    if (scale) this.addWeight('gamma', shape, ones())
    if (center) this.addWeight('beta', shape, zeros())
  }

  /** gamma and beta in a graph, under the shape that the op wants. */
  protected nodes(graph: Graph, shape: readonly number[]): (Node | undefined)[] {
    return ['gamma', 'beta'].map((name) => {
      const p = this.weight(name)
      return p && graph.view(graph.parameter(p), shape)
    })
  }

  override getConfig(): KerasConfig {
    const { epsilon, center, scale } = this
    return { ...super.getConfig(), epsilon, center, scale }
  }
}

/** Epsilon, scale and center of a config. */
function weightOptions(c: LayerConfig): NormalizationWeightOptions {
  return { ...c.options(), epsilon: c.number(['epsilon'], 1e-3), scale: c.flag('scale', true), center: c.flag('center', true) }
}

export interface LayerNormalizationOptions extends NormalizationWeightOptions {
  /** What each sample is normalised over; gamma and beta have these axes. Default -1. */
  axis?: Axes
  /** Keras's deprecated option: x * gamma / sqrt(variance + epsilon), without beta, and without taking the mean off. Default false. */
  rmsScaling?: boolean
}

/** (x - mean) * gamma / sqrt(variance + epsilon) + beta, with mean and biased variance of each sample over some axes (Ba et al. 2016). */
export class LayerNormalization extends SampleNormalization {
  readonly className = 'LayerNormalization'
  readonly axis: readonly number[]
  readonly rmsScaling: boolean

  constructor(options: LayerNormalizationOptions = {}) {
    super('layer_normalization', options)
    this.axis = ascending(options.axis ?? -1)
    this.rmsScaling = options.rmsScaling ?? false
  }

  static fromConfig(c: LayerConfig): LayerNormalization {
    return new LayerNormalization({ ...weightOptions(c), axis: c.numbers('axis') ?? -1, rmsScaling: c.flag('rms_scaling', false) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), axis: this.axis, rms_scaling: this.rmsScaling }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const axes = resolved(this.name, this.axis, x!)
    if (axes.some((a) => x![a] === null))
      throw new ShapeError(
        this.name,
        `sizes that are normalised over must be known, got axis ${formatShape(this.axis)} of ${formatShape(x)}`,
      )
    return x!
  }

  /** Keras makes the weights in the order in which it is told the axes, those from the end first, and reads them in that of x. */
  protected override build(x: SymbolicShape): void {
    const shape = resolved(this.name, this.axis, x).map((a) => x[a]!)
    this.addWeights(shape, this.scale || this.rmsScaling, this.center && !this.rmsScaling)
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    const axes = ascending(resolved(this.name, this.axis, x!.shape))
    const weights = this.nodes(
      graph,
      axes.map((a) => x!.shape[a]!),
    )
    return normalised(graph, x!, weights, { axes, kind: this.rmsScaling ? 'deviation' : 'standard', epsilon: this.epsilon })
  }
}

export interface GroupNormalizationOptions extends NormalizationWeightOptions {
  /** Must divide the channels. -1: as many as channels, which is instance normalisation. Default 32. */
  groups?: number
  /** The channels, the batch counted. Default -1. */
  axis?: number
}

/** As LayerNormalization, over all of a sample but by groups of channels; gamma and beta have the channels (Wu and He 2018). */
export class GroupNormalization extends SampleNormalization {
  readonly className = 'GroupNormalization'
  readonly groups: number
  readonly axis: number

  constructor(options: GroupNormalizationOptions = {}) {
    super('group_normalization', options)
    this.groups = options.groups ?? 32
    this.axis = options.axis ?? -1
    if (!Number.isInteger(this.groups) || (this.groups < 1 && this.groups !== -1))
      throw new ArgumentError(this.name, `groups must be a positive whole number, or -1, got ${this.groups}`)
  }

  static fromConfig(c: LayerConfig): GroupNormalization {
    return new GroupNormalization({ ...weightOptions(c), groups: c.number(['groups'], 32), axis: c.number(['axis'], -1) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), groups: this.groups, axis: this.axis }
  }

  protected override channelsOf(x: SymbolicShape): number | null {
    return x[resolvedAxis(this.name, this.axis, x)]!
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    sizesOf(this.name, x, x?.length, this.axis)
    const channels = this.channelsOf(x!)!
    if (channels % (this.groups === -1 ? channels : this.groups))
      throw new ShapeError(this.name, `groups must divide the channels, got ${this.groups} groups and ${channels} channels`)
    return x!
  }

  protected override build(x: SymbolicShape): void {
    this.addWeights([this.channelsOf(x)!], this.scale, this.center)
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    return alongLast(graph, inputs, resolvedAxis(this.name, this.axis, inputs[0]!.shape), ([x]) => {
      const C = x!.shape.at(-1)!
      const groups = this.groups === -1 ? C : this.groups
      return normalised(graph, x!, this.nodes(graph, [C]), { groups, kind: 'standard', epsilon: this.epsilon })
    })
  }
}

/** What a length is at least taken for, as in Keras. */
const LEAST_LENGTH = 1e-12

/** Each sample divided by its length over some axes, the root of the sum of its squares. */
export class UnitNormalization extends Layer {
  readonly className = 'UnitNormalization'
  readonly axis: readonly number[]

  /** @param options axis: default -1 */
  constructor(options: LayerOptions & { axis?: Axes } = {}) {
    super('unit_normalization', options)
    this.axis = ascending(options.axis ?? -1)
  }

  static fromConfig(c: LayerConfig): UnitNormalization {
    return new UnitNormalization({ ...c.options(), axis: c.numbers('axis') ?? -1 })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), axis: this.axis }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    resolved(this.name, this.axis, x!)
    return x!
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    const axes = ascending(resolved(this.name, this.axis, x!.shape))
    return normalised(graph, x!, [], { axes, kind: 'unit', epsilon: LEAST_LENGTH })
  }
}
