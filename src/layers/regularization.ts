/** Layers that act while training only: Dropout and noise, and what passes everything. */
import { ArgumentError, ShapeError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { dropout, type DropoutAttrs } from '../kernels/dropout.ts'
import { gaussianNoise, type GaussianNoiseAttrs } from '../kernels/gaussian_noise.ts'
import { formatShape, sizeOf, type Shape } from '../shape.ts'
import type { KerasConfig, LayerConfig, LayerOptions, RawConfig } from './config.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'
import { checkSeed, saltOf, seedOf } from './seeds.ts'
import { dimsOf, Space, type Dims } from './space.ts'
import { regularizers } from './weight_rules.ts'

interface NoiseOptions extends LayerOptions {
  /** A whole number; mixed into the seed of `fit`, which alone makes what is drawn the same again. Default: none. */
  seed?: number | null
}

/**
 * A layer that draws in a training step, and passes everything otherwise, and where it is frozen: a frozen trunk runs as it predicts, as Keras does for
 * one that is called with `training=False`.
 */
abstract class Noise extends Layer {
  readonly seed: number | null

  constructor(base: string, options: NoiseOptions) {
    super(base, options)
    this.seed = checkSeed(this.name, options.seed)
  }

  /** Appends what is done to x with draws of this salt. */
  protected abstract disturb(graph: Graph, x: Node, seed: Node, salt: number): Node
  /** Nothing is done: then nothing is drawn. */
  protected abstract readonly silent: boolean

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return x!
  }

  override emit(c: EmitContext, inputs: readonly Node[]): Node {
    if (!c.training || !this.trainable || this.silent) return inputs[0]!
    const seed = c.seed()
    return this.disturb(c.graph, inputs[0]!, seed, saltOf(c.graph, this.seed))
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), seed: this.seed }
  }
}

/** A layer that draws by a rate. */
abstract class RateNoise extends Noise {
  readonly rate: number

  constructor(base: string, options: NoiseOptions & { rate: number }) {
    super(base, options)
    this.rate = options.rate
    if (!(this.rate >= 0 && this.rate < 1)) throw new ArgumentError(this.name, `rate must be in [0, 1), got ${this.rate}`)
  }

  protected get silent(): boolean {
    return this.rate === 0
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), rate: this.rate }
  }
}

/** Name, trainable, seed and rate of a config. */
function rateOptions(c: LayerConfig): NoiseOptions & { rate: number } {
  return { ...c.options(), seed: seedOf(c), rate: c.number(['rate', 'p']) }
}

/** Keras's `noise_shape`: one draw for all values along the axes that are 1, which must lie side by side. null: the axis of x. */
type NoiseShape = readonly (number | null)[] | null

function noiseShapeOf(c: LayerConfig): NoiseShape {
  const noiseShape = c.value('noise_shape') ?? null
  if (noiseShape !== null && !Array.isArray(noiseShape)) throw c.refuse('noise_shape must be a list', noiseShape)
  return noiseShape as NoiseShape
}

type DropoutOptions = NoiseOptions & { rate: number; noiseShape?: NoiseShape }

/** Drops a share of the values while training and scales the rest up (inverted dropout). */
export class Dropout extends RateNoise {
  readonly className: string = 'Dropout'
  readonly noiseShape: NoiseShape

  constructor(options: DropoutOptions, base = 'dropout') {
    super(base, options)
    this.noiseShape = options.noiseShape ?? null
  }

  static fromConfig(c: LayerConfig): Dropout {
    return new Dropout({ ...rateOptions(c), noiseShape: noiseShapeOf(c) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), noise_shape: this.noiseShape }
  }

  /** What dropped values become, and the others. */
  protected get affine(): DropoutAttrs['affine'] {
    return undefined
  }

  protected override disturb(graph: Graph, x: Node, seed: Node, salt: number): Node {
    const noise = this.noiseShape ? noiseOf(this.name, this.noiseShape, x.shape) : undefined
    return graph.add(dropout, [x, seed], { rate: this.rate, salt, ...(noise && { noise }), ...(this.affine && { affine: this.affine }) })
  }
}

/**
 * How many values share a draw, how far they lie apart, and how many draws a sample has.
 * @throws ShapeError for a noise shape that does not fit, ArgumentError for axes apart
 */
function noiseOf(name: string, noise: NonNullable<NoiseShape>, x: Shape): DropoutAttrs['noise'] {
  if (noise.length !== x.length || noise.some((d, i) => d !== null && d !== 1 && d !== x[i])) {
    throw new ShapeError(
      name,
      `noise shape must have 1, null or the size of x for each axis, got ${formatShape(noise)} and ${formatShape(x)}`,
    )
  }
  const shared = x.flatMap((size, i) => (noise[i] === 1 && size !== 1 ? [i] : []))
  const alike = noise[0] === 1
  if (!shared.length) return alike ? { shared: 1, inner: 1, each: 0 } : undefined
  const [first, last] = [shared[0]!, shared.at(-1)!]
  if (x.some((size, i) => i > first && i < last && size !== 1 && noise[i] !== 1))
    throw new ArgumentError(name, `axes that share a draw must lie side by side, got noise shape ${formatShape(noise)}`)
  const size = sizeOf(x.slice(first, last + 1))
  return { shared: size, inner: sizeOf(x.slice(last + 1)), each: alike ? 0 : sizeOf(x.slice(1)) / size }
}

/** What SELU is for large negative numbers, -alpha * scale (Klambauer et al. 2017). */
const SELU_LEAST = -1.6732632423543772 * 1.0507009873554805

/**
 * Sets a share of the values to the least of SELU while training, and scales and shifts all, so that values of mean 0 and variance 1 keep them
 * (Klambauer et al. 2017).
 */
export class AlphaDropout extends Dropout {
  override readonly className = 'AlphaDropout'

  constructor(options: DropoutOptions) {
    super(options, 'alpha_dropout')
  }

  static override fromConfig(c: LayerConfig): AlphaDropout {
    return new AlphaDropout({ ...rateOptions(c), noiseShape: noiseShapeOf(c) })
  }

  protected override get affine(): DropoutAttrs['affine'] {
    const scale = ((1 - this.rate) * (1 + this.rate * SELU_LEAST ** 2)) ** -0.5
    const shift = -scale * SELU_LEAST * this.rate
    return { scale, shift, dropped: scale * SELU_LEAST + shift }
  }
}

/** Drops whole channels of pictures or sequences while training: one draw for each sample and channel. */
export class SpatialDropout extends RateNoise {
  readonly className: `SpatialDropout${Dims}D`
  readonly #space: Space

  constructor(dims: Dims, options: NoiseOptions & { rate: number }) {
    super(`spatial_dropout${dims}d`, options)
    this.className = `SpatialDropout${dims}D`
    this.#space = new Space(this.name, dims)
  }

  static fromConfig(c: LayerConfig): SpatialDropout {
    return new SpatialDropout(dimsOf(c), rateOptions(c.channelsLast()))
  }

  override getConfig(): KerasConfig {
    const config = { ...super.getConfig(), ...(this.#space.dims === 2 && this.#space.config()) }
    delete config['trainable'] // which Keras 3 does not take here
    return config
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return this.#space.shape(this.#space.picture(x))
  }

  protected override disturb(graph: Graph, given: Node, seed: Node, salt: number): Node {
    return this.#space.on(graph, given, (x) => {
      const [, H, W, C] = x.shape as [number, number, number, number]
      return graph.add(dropout, [x, seed], { rate: this.rate, salt, noise: { shared: H * W, inner: C, each: C } })
    })
  }
}

/** Adds normal noise of mean 0 while training. */
export class GaussianNoise extends Noise {
  readonly className = 'GaussianNoise'
  readonly stddev: number

  /** @param options stddev: of the noise, from 0; Keras 3 takes none above 1 */
  constructor(options: NoiseOptions & { stddev: number }) {
    super('gaussian_noise', options)
    this.stddev = options.stddev
    if (!(this.stddev >= 0 && this.stddev < Infinity))
      throw new ArgumentError(this.name, `stddev must be a number from 0, got ${this.stddev}`)
  }

  static fromConfig(c: LayerConfig): GaussianNoise {
    return new GaussianNoise({ ...c.options(), seed: seedOf(c), stddev: c.number(['stddev', 'sigma']) })
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), stddev: this.stddev }
  }

  protected get silent(): boolean {
    return this.stddev === 0
  }

  protected override disturb(graph: Graph, x: Node, seed: Node, salt: number): Node {
    return graph.add(gaussianNoise, [x, seed], { kind: 'add', stddev: this.stddev, salt })
  }
}

/** Multiplies by normal noise of mean 1 while training; its standard deviation is sqrt(rate / (1 - rate)), that of dropout's factors. */
export class GaussianDropout extends RateNoise {
  readonly className = 'GaussianDropout'

  constructor(options: NoiseOptions & { rate: number }) {
    super('gaussian_dropout', options)
  }

  static fromConfig(c: LayerConfig): GaussianDropout {
    return new GaussianDropout(rateOptions(c))
  }

  protected override disturb(graph: Graph, x: Node, seed: Node, salt: number): Node {
    const attrs: GaussianNoiseAttrs = { kind: 'multiply', stddev: Math.sqrt(this.rate / (1 - this.rate)), salt }
    return graph.add(gaussianNoise, [x, seed], attrs)
  }
}

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
