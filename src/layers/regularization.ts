/** Layers that act while training only: Dropout, and those that pass everything at inference. */
import { ArgumentError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { dropout as dropoutOp } from '../kernels/dropout.ts'
import { formatShape } from '../shape.ts'
import type { KerasConfig, LayerConfig, LayerOptions, RawConfig } from './config.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'

/**
 * Drops a share of the values while training and scales the rest up (inverted dropout); passes everything otherwise, and where it is frozen:
 * a frozen trunk runs as it predicts, as Keras does for one that is called with `training=False`.
 */
export class Dropout extends Layer {
  readonly className = 'Dropout'
  readonly rate: number
  /** Keras's `noise_shape`: one draw for all values along the axes that are 1. It is kept for files; training with such axes is refused. */
  readonly noiseShape: readonly (number | null)[] | null

  constructor(options: LayerOptions & { rate: number; noiseShape?: readonly (number | null)[] | null }) {
    super('dropout', options)
    this.rate = options.rate
    this.noiseShape = options.noiseShape ?? null
    if (!(this.rate >= 0 && this.rate < 1)) throw new ArgumentError(this.name, `rate must be in [0, 1), got ${this.rate}`)
  }

  static fromConfig(c: LayerConfig): Dropout {
    const noiseShape = c.value('noise_shape') ?? null
    if (noiseShape !== null && !Array.isArray(noiseShape)) throw c.refuse('noise_shape must be a list', noiseShape)
    return new Dropout({ ...c.options(), rate: c.number(['rate', 'p']), noiseShape: noiseShape as (number | null)[] | null })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), rate: this.rate, noise_shape: this.noiseShape }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return x!
  }

  override emit(c: EmitContext, inputs: readonly Node[]): Node {
    const x = inputs[0]!
    if (!c.training || !this.trainable || this.rate === 0) return x
    if (this.noiseShape?.some((d) => d === 1))
      throw new ArgumentError(
        this.name,
        `dropout must draw for every value while training, got noise shape ${formatShape(this.noiseShape)}`,
      )
    const seed = c.seed()
    // Its own position in the graph tells the draws of a step apart, alike in every run: two may draw for one tensor.
    return c.graph.add(dropoutOp, [x, seed], { rate: this.rate, salt: c.graph.nodes.length })
  }
}

/** Layers of Keras that pass their input at inference; training with one that is not frozen is refused. */
export const INFERENCE_IDENTITIES = [
  'Identity',
  'SpatialDropout2D',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
  'ActivityRegularization',
] as const

type InferenceIdentityName = (typeof INFERENCE_IDENTITIES)[number]

/** These pass their input while training as well. */
const ALWAYS: readonly string[] = ['Identity', 'ActivityRegularization']

/** What Keras 1 called keys of these layers. */
const OLD_KEYS: Readonly<Record<string, string>> = { p: 'rate', sigma: 'stddev' }

/** A layer of a file that does something while training only. Its config is kept, so that it can be saved again. */
export class InferenceIdentity extends Layer {
  readonly className: InferenceIdentityName
  readonly #raw: RawConfig

  constructor(className: InferenceIdentityName, options: LayerOptions, raw: RawConfig = {}) {
    super(className.toLowerCase(), options)
    this.className = className
    this.#raw = raw
  }

  static fromConfig(c: LayerConfig): InferenceIdentity {
    const raw = Object.fromEntries(Object.entries(c.raw).map(([key, value]) => [OLD_KEYS[key] ?? key, value]))
    return new InferenceIdentity(c.className as InferenceIdentityName, c.options(), raw)
  }

  override getConfig(): KerasConfig {
    return { ...this.#raw, ...super.getConfig() }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return x!
  }

  override emit(c: EmitContext, inputs: readonly Node[]): Node {
    if (c.training && this.trainable && !ALWAYS.includes(this.className)) {
      const rule = `a model to be trained must not have a ${this.className}, which runs at inference only`
      throw new ArgumentError(this.name, `${rule}, got one (freeze the layer or its network)`)
    }
    return inputs[0]!
  }
}
