/** Layers of noise, which act while training only. */
import { ArgumentError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import type { DropoutAttrs } from '../kernels/dropout.ts'
import type { TrainingOps } from '../kernels/training.ts'
import { gaussianNoise, type GaussianNoiseAttrs } from '../kernels/gaussian_noise.ts'
import type { KerasConfig, LayerConfig } from './config.ts'
import type { SymbolicShape } from './layer.ts'
import { seedOf } from './seeds.ts'
import { dimsOf, formatOf, Space, type Dims, type SpaceOptions } from './space.ts'
import { type NoiseOptions, Noise, RateNoise, rateOptions, noiseShapeOf, type DropoutOptions, Dropout } from './dropout.ts'

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
  override readonly space: Space

  constructor(dims: Dims, options: NoiseOptions & SpaceOptions & { rate: number }) {
    super(`spatial_dropout${dims}d`, options)
    this.className = `SpatialDropout${dims}D`
    this.space = new Space(this.name, dims, options)
  }

  static fromConfig(c: LayerConfig): SpatialDropout {
    return new SpatialDropout(dimsOf(c), { ...rateOptions(c), dataFormat: formatOf(c) })
  }

  override getConfig(): KerasConfig {
    const config = { ...super.getConfig(), ...this.space.config(this.space.dims === 2) }
    delete config['trainable'] // which Keras 3 does not take here
    return config
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return this.space.shape(this.space.picture(x))
  }

  protected override disturb(graph: Graph, given: Node, seed: Node, salt: number, { dropout }: TrainingOps): Node {
    return this.space.on(graph, given, (x) => {
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
