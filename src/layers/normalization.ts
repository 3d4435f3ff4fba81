/** Layers that treat training and inference differently: BatchNormalization, Dropout; and Activation. */
import { ArgumentError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { batchNorm } from '../kernels/batch_norm.ts'
import { dropout as dropoutOp } from '../kernels/dropout.ts'
import { activate, checkActivation, type Activation } from './activations.ts'
import { ones, zeros } from './initializers.ts'
import { knownShape, Layer, type EmitContext, type LayerOptions, type SymbolicShape } from './layer.ts'

export interface BatchNormalizationOptions extends LayerOptions {
  /** Default 1e-3. */
  epsilon?: number
  /** Learn gamma. Default true. */
  scale?: boolean
  /** Learn beta. Default true. */
  center?: boolean
}

/**
 * Batch normalisation over the last axis. Frozen, it runs in inference mode with its moving statistics (TF2 and Keras 3), which
 * stay bit-identical. Training a thawed one is refused for now, and says so.
 */
export class BatchNormalization extends Layer {
  readonly className = 'BatchNormalization'
  readonly epsilon: number
  readonly scale: boolean
  readonly center: boolean

  constructor(options: BatchNormalizationOptions = {}) {
    super('batch_normalization', options)
    this.epsilon = options.epsilon ?? 1e-3
    this.scale = options.scale ?? true
    this.center = options.center ?? true
    if (!(this.epsilon > 0)) throw new ArgumentError(this.name, `epsilon must be greater than 0, got ${this.epsilon}`)
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return x!
  }

  protected override isStatistic(name: string): boolean {
    return name === 'moving_mean' || name === 'moving_variance'
  }

  protected override build(shape: SymbolicShape): void {
    const C = [knownShape(this.name, shape, shape.length).at(-1)!]
    if (this.scale) this.addWeight('gamma', C, ones())
    if (this.center) this.addWeight('beta', C, zeros())
    this.addWeight('moving_mean', C, zeros())
    this.addWeight('moving_variance', C, ones())
  }

  override emit({ graph, training }: EmitContext, [x]: readonly Node[]): Node {
    if (training && this.trainable) {
      throw new ArgumentError(
        this.name,
        'batch normalisation must be frozen while training, got trainable=true (freeze the layer or its network)',
      )
    }
    const param = (name: string) => {
      const p = this.weight(name)
      return p && graph.parameter(p)
    }
    const inputs = [x, param('gamma'), param('beta'), param('moving_mean'), param('moving_variance')]
    return graph.add(batchNorm, inputs, { epsilon: this.epsilon })
  }
}

/** Drops a share of the values while training and scales the rest up (inverted dropout); passes everything otherwise. */
export class Dropout extends Layer {
  readonly className = 'Dropout'
  readonly rate: number

  constructor(options: LayerOptions & { rate: number }) {
    super('dropout', options)
    this.rate = options.rate
    if (!(this.rate >= 0 && this.rate < 1)) throw new ArgumentError(this.name, `rate must be in [0, 1), got ${this.rate}`)
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return x!
  }

  override emit(c: EmitContext, inputs: readonly Node[]): Node {
    const x = inputs[0]!
    // The position in the graph tells the draws of two dropout layers of one step apart, alike in every run.
    return c.training && this.rate > 0 ? c.graph.add(dropoutOp, [x, c.seed()], { rate: this.rate, salt: x.id }) : x
  }
}

/** An activation by itself. */
export class ActivationLayer extends Layer {
  readonly className = 'Activation'
  readonly activation: Activation

  constructor(options: LayerOptions & { activation: Activation }) {
    super('activation', options)
    this.activation = checkActivation(this.name, options.activation)
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return x!
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    return activate(graph, inputs[0]!, this.activation)
  }
}
