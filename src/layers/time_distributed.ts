/** TimeDistributed: a layer, or a model, that is applied to each step of a sequence. */
import { isRecord } from '../described.ts'
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { formatShape } from '../shape.ts'
import { builtFor, Composite } from './composite.ts'
import type { KerasConfig, LayerConfig, LayerOptions, MakeLayer } from './config.ts'
import { Layer, type EmitContext, type Part, type SymbolicShape } from './layer.ts'
import { Network } from './network.ts'

export interface TimeDistributedOptions extends LayerOptions {
  /** What each step goes through: a layer, or a model with one input and one output. */
  layer: Layer
}

/** Whether a layer, or one in it, normalises by the batch while it trains, of which Keras takes another for each step. */
const usesBatch = (layer: Layer): boolean =>
  layer instanceof Network ? layer.layers.some(usesBatch) : layer.className === 'BatchNormalization' && layer.trainable

/** x [N,T,...] -> [N,T,...]: the layer applied to every step of every sample, as to a sample of its own (keras/src/layers/rnn/time_distributed.py). */
export class TimeDistributed extends Composite {
  readonly className = 'TimeDistributed'
  readonly layer: Layer

  /** @throws ArgumentError for what is no layer, or one whose outputs are in the loss */
  constructor(options: TimeDistributedOptions) {
    super('time_distributed', options)
    const { layer } = options
    if (!(layer instanceof Layer)) throw new ArgumentError(this.name, `layer must be a layer or a model, got ${typeof layer}`)
    if (layer.activityRegularizer) throw new ArgumentError(this.name, `layer must have no activityRegularizer, got ${layer.name} with one`)
    this.layer = layer
    if (!this.trainable) this.trainable = false
  }

  static fromConfig(c: LayerConfig, make: MakeLayer): TimeDistributed {
    const inner = c.value('layer')
    const layer = isRecord(inner) ? make(inner) : undefined
    if (layer instanceof Layer) return new TimeDistributed({ ...c.options(), layer })
    throw c.refuse('layer must be a layer or a model that is known', isRecord(inner) ? inner['class_name'] : inner)
  }

  override get parts(): readonly Part[] {
    return [{ attribute: 'layer', layer: this.layer }]
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), layer: this.layer.serialize() }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    if (!x || x.length < 3) throw new ShapeError(this.name, `timeDistributed takes rank 3 or more, got ${formatShape(x)}`)
    return [null, x[1]!, ...builtFor(this.layer, [null, ...x.slice(2)]).slice(1)]
  }

  override emit(c: EmitContext, inputs: readonly Node[]): Node {
    if (c.training && usesBatch(this.layer))
      throw new ArgumentError(
        this.name,
        `a batchNormalization in timeDistributed must be frozen to be trained with (layer.trainable = false), got one that is not`,
      )
    const [N, T, ...sizes] = inputs[0]!.shape as readonly [number, number, ...number[]]
    const steps = c.graph.view(inputs[0]!, [N * T, ...sizes])
    const y = this.#sized(steps).emit(c, [steps])
    return c.graph.view(y, [N, T, ...y.shape.slice(1)])
  }

  /** A model at the sizes that it leaves open. */
  #sized(x: Node): Layer {
    return this.layer instanceof Network ? this.layer.at([x.shape]) : this.layer
  }
}
