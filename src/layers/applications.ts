/** Layers that networks of keras.applications have and keras.layers has not: InceptionResNetV2's and ConvNeXt's. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { combine } from '../kernels/combine.ts'
import type { TrainingOps } from '../kernels/training.ts'
import { rescale } from '../kernels/rescale.ts'
import { formatShape, sizeOf } from '../shape.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { constant } from './initializers.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'
import { Noise } from './dropout.ts'

/** As Keras 3 writes what it exports nowhere. */
const inModule = (module: string, layer: Layer): KerasConfig => ({
  module: `keras.src.applications.${module}`,
  class_name: layer.className,
  config: layer.getConfig(),
  registered_name: layer.className,
})

/** A number that a config must have: a class of somebody's own with the same name has others. */
const finite = (c: LayerConfig, key: string): number => {
  const value = c.number([key])
  if (!Number.isFinite(value)) throw c.refuse(`${key} must be finite`, value)
  return value
}

/** Of two tensors of one shape, the first plus the second times a number: the residuals of InceptionResNetV2. */
export class CustomScaleLayer extends Layer {
  readonly className = 'CustomScaleLayer'
  protected override readonly merges = true
  readonly scale: number

  constructor(options: LayerOptions & { scale: number }) {
    super('custom_scale_layer', options)
    this.scale = options.scale
  }

  static fromConfig(c: LayerConfig): CustomScaleLayer {
    return new CustomScaleLayer({ ...c.options(), scale: finite(c, 'scale') })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), scale: this.scale }
  }

  override serialize(): KerasConfig {
    return inModule('inception_resnet_v2', this)
  }

  override outputShape(shapes: readonly SymbolicShape[]): SymbolicShape {
    const [a, b] = shapes
    if (shapes.length === 2 && formatShape(a) === formatShape(b)) return a!
    throw new ShapeError(this.name, `it must be applied to two tensors of one shape, got ${shapes.map(formatShape).join(' and ')}`)
  }

  override emit({ graph }: EmitContext, [a, b]: readonly Node[]): Node {
    const scaled = graph.add(rescale, [b], { scale: this.scale, offset: 0 })
    return graph.add(combine, [a, scaled], { kind: 'add', activation: 'linear' })
  }
}

/** A factor for each channel, which is learned (Touvron et al. 2021). */
export class LayerScale extends Layer {
  readonly className = 'LayerScale'
  readonly initValues: number
  readonly projectionDim: number

  /** @param options initValues: of the factors; projectionDim: channels */
  constructor(options: LayerOptions & { initValues: number; projectionDim: number }) {
    super('layer_scale', options)
    this.initValues = options.initValues
    this.projectionDim = options.projectionDim
  }

  static fromConfig(c: LayerConfig): LayerScale {
    return new LayerScale({ ...c.options(), initValues: finite(c, 'init_values'), projectionDim: finite(c, 'projection_dim') })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), init_values: this.initValues, projection_dim: this.projectionDim }
  }

  override serialize(): KerasConfig {
    return inModule('convnext', this)
  }

  protected override build(): void {
    this.addWeight('gamma', [this.projectionDim], constant(this.initValues))
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    if (x!.at(-1) === this.projectionDim) return x!
    throw new ShapeError(this.name, `the last axis must be projectionDim, ${this.projectionDim}, got ${formatShape(x)}`)
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    return graph.add(combine, [x, graph.parameter(this.weight('gamma')!)], { kind: 'multiply', activation: 'linear' })
  }
}

/** Drops whole samples while training, and scales the others up: one draw for each sample (Huang et al. 2016). */
export class StochasticDepth extends Noise {
  readonly className = 'StochasticDepth'
  readonly dropPathRate: number

  /** @param options dropPathRate: share of the samples that is dropped, in [0, 1) */
  constructor(options: LayerOptions & { dropPathRate: number }) {
    super('stochastic_depth', options)
    this.dropPathRate = options.dropPathRate
    if (!(this.dropPathRate >= 0 && this.dropPathRate < 1))
      throw new ArgumentError(this.name, `dropPathRate must be in [0, 1), got ${this.dropPathRate}`)
  }

  static fromConfig(c: LayerConfig): StochasticDepth {
    return new StochasticDepth({ ...c.options(), dropPathRate: finite(c, 'drop_path_rate') })
  }

  override getConfig(): KerasConfig {
    const config = { ...super.getConfig(), drop_path_rate: this.dropPathRate }
    delete (config as KerasConfig)['seed'] // which Keras has none of here
    return config
  }

  override serialize(): KerasConfig {
    return inModule('convnext', this)
  }

  protected get silent(): boolean {
    return this.dropPathRate === 0
  }

  protected override disturb(graph: Graph, x: Node, seed: Node, salt: number, { dropout }: TrainingOps): Node {
    const noise = { shared: sizeOf(x.shape.slice(1)), inner: 1, each: 1 }
    return graph.add(dropout, [x, seed], { rate: this.dropPathRate, salt, noise })
  }
}
