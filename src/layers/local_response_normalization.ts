/** Local response normalisation. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { lrn } from '../kernels/lrn.ts'
import { formatShape } from '../shape.ts'
import type { KerasConfig, LayerOptions } from './config.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'

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
