/** Layers that act while training only: Dropout, and those that pass everything at inference. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { dropout as dropoutOp, type DropoutAttrs } from '../kernels/dropout.ts'
import { formatShape, sizeOf, type Shape } from '../shape.ts'
import type { KerasConfig, LayerConfig, LayerOptions, RawConfig } from './config.ts'
import { knownShape, Layer, type EmitContext, type SymbolicShape } from './layer.ts'
import { regularizers } from './weight_rules.ts'

/**
 * Drops a share of the values while training and scales the rest up (inverted dropout); passes everything otherwise, and where it is frozen:
 * a frozen trunk runs as it predicts, as Keras does for one that is called with `training=False`.
 */
export class Dropout extends Layer {
  readonly className = 'Dropout'
  readonly rate: number
  /** Keras's `noise_shape`: one draw for all values along the axes that are 1, which must lie side by side. null: the axis of x. */
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
    const noise = this.noiseShape ? noiseOf(this.name, this.noiseShape, x.shape) : undefined
    const seed = c.seed()
    // Its own position in the graph tells the draws of a step apart, alike in every run: two may draw for one tensor.
    return c.graph.add(dropoutOp, [x, seed], { rate: this.rate, salt: c.graph.nodes.length, ...(noise && { noise }) })
  }
}

/** How many values share a draw, and how far they lie apart. @throws ShapeError for a noise shape that does not fit, ArgumentError for axes apart */
function noiseOf(name: string, noise: readonly (number | null)[], x: Shape): DropoutAttrs['noise'] {
  if (noise.length !== x.length || noise.some((d, i) => d !== null && d !== 1 && d !== x[i])) {
    throw new ShapeError(
      name,
      `noise shape must have 1, null or the size of x for each axis, got ${formatShape(noise)} and ${formatShape(x)}`,
    )
  }
  const shared = x.flatMap((size, i) => (noise[i] === 1 && size !== 1 ? [i] : []))
  if (!shared.length) return undefined
  const [first, last] = [shared[0]!, shared.at(-1)!]
  if (x.some((size, i) => i > first && i < last && size !== 1 && noise[i] !== 1))
    throw new ArgumentError(name, `axes that share a draw must lie side by side, got noise shape ${formatShape(noise)}`)
  return { shared: sizeOf(x.slice(first, last + 1)), inner: sizeOf(x.slice(last + 1)) }
}

/** Drops whole channels of pictures while training: one draw for each sample and channel. */
export class SpatialDropout2D extends Layer {
  readonly className = 'SpatialDropout2D'
  readonly rate: number
  readonly #dropout: Dropout

  constructor(options: LayerOptions & { rate: number }) {
    super('spatial_dropout2d', options)
    this.rate = options.rate
    this.#dropout = new Dropout({ name: this.name, rate: this.rate, noiseShape: [null, 1, 1, null] })
  }

  static fromConfig(c: LayerConfig): SpatialDropout2D {
    return new SpatialDropout2D({ ...c.channelsLast().options(), rate: c.number(['rate', 'p']) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), rate: this.rate, data_format: 'channels_last' }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    knownShape(this.name, x, 4)
    return x!
  }

  override emit(c: EmitContext, inputs: readonly Node[]): Node {
    return this.trainable ? this.#dropout.emit(c, inputs) : inputs[0]!
  }
}

/** Layers of Keras that pass their input at inference; training with one that is not frozen is refused. */
export const INFERENCE_IDENTITIES = ['Identity', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout', 'ActivityRegularization'] as const

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
    if (c.className === 'ActivityRegularization') {
      const factors = { l1: c.number(['l1'], 0), l2: c.number(['l2'], 0) }
      return activityRegularization({ ...c.options(), ...factors })
    }
    return new InferenceIdentity(c.className as InferenceIdentityName, c.options(), raw)
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

  override emit(c: EmitContext, inputs: readonly Node[]): Node {
    if (c.training && this.trainable && !ALWAYS.includes(this.className)) {
      const rule = `a model to be trained must not have a ${this.className}, which runs at inference only`
      throw new ArgumentError(this.name, `${rule}, got one (freeze the layer or its network)`)
    }
    return inputs[0]!
  }
}

/** Passes its input, and adds the mean over the samples of the sum of l1 * |x| + l2 * x^2 to the loss. Defaults 0. */
export function activityRegularization({
  l1 = 0,
  l2 = 0,
  ...options
}: LayerOptions & { l1?: number; l2?: number } = {}): InferenceIdentity {
  const activityRegularizer = regularizers.l1l2({ l1, l2 })
  return new InferenceIdentity('ActivityRegularization', { ...options, activityRegularizer }, { l1, l2 })
}
