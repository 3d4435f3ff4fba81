/** What passes everything. */
import type { Node } from '../graph/graph.ts'
import type { KerasConfig, LayerConfig, LayerOptions, RawConfig } from './config.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'
import { regularizers } from './weight_rules.ts'

/** Layers of Keras that pass their input, always. */
export const IDENTITIES = ['Identity', 'ActivityRegularization'] as const

/** Passes its input. Its config is kept, so that it can be saved again. */
export class Identity extends Layer {
  readonly className: (typeof IDENTITIES)[number]
  readonly #raw: RawConfig

  constructor(options: LayerOptions = {}, className: (typeof IDENTITIES)[number] = 'Identity', raw: RawConfig = {}) {
    super(className === 'Identity' ? 'identity' : 'activity_regularization', options)
    this.className = className
    this.#raw = raw
  }

  static fromConfig(c: LayerConfig): Identity {
    if (c.className === 'Identity') return new Identity(c.options(), 'Identity', c.raw)
    return activityRegularization({ ...c.options(), l1: c.number(['l1'], 0), l2: c.number(['l2'], 0) })
  }

  override getConfig(): KerasConfig {
    const config = { ...this.#raw, ...super.getConfig() }
    // Keras makes the regularizer of its own factors, and takes no other.
    if (this.className === 'ActivityRegularization') delete config['activity_regularizer']
    return config
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return x!
  }

  override emit(_c: EmitContext, inputs: readonly Node[]): Node {
    return inputs[0]!
  }
}

/** Passes its input, and adds the mean over the samples of the sum of l1 * |x| + l2 * x^2 to the loss. Defaults 0. */
export function activityRegularization({ l1 = 0, l2 = 0, ...options }: LayerOptions & { l1?: number; l2?: number } = {}): Identity {
  const activityRegularizer = regularizers.l1l2({ l1, l2 })
  return new Identity({ ...options, activityRegularizer }, 'ActivityRegularization', { l1, l2 })
}
