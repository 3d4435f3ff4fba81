/** Pooling layers of pictures and sequences. Average pooling leaves padding out of the sum and the divisor, as TensorFlow does. */
import { ArgumentError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { avgPool } from '../kernels/avg_pool.ts'
import { poolShape } from '../kernels/common.ts'
import { globalAvgPool } from '../kernels/global_avg_pool.ts'
import { globalMaxPool } from '../kernels/global_max_pool.ts'
import { maxPool } from '../kernels/max_pool.ts'
import { sizeOf, type Padding } from '../shape.ts'
import type { KerasConfig, LayerConfig } from './config.ts'
import { checkPadding, kerasPadding, paddingOf, poolBefore, type Pair } from './kernel_options.ts'
import { Layer, type EmitContext, type SymbolicShape } from './layer.ts'
import { dimsOf, pairOf, Space, spaceOptions, windowOf, type Dims, type SpaceOptions } from './space.ts'

export interface Pooling2DOptions extends SpaceOptions {
  /** Window height and width. Default 2. */
  poolSize?: Pair
  /** Default: the pool size. */
  strides?: Pair
  /** Default `valid`. Counts must be smaller than the pool. */
  padding?: Padding
  /**
   * Caffe's rule: a window that begins inside the image (its padding at the top and left counted in) counts although it ends outside.
   * An average is that of the pixels inside, as in Caffe where there is no padding; what is padded Caffe would count as zeros.
   * Not together with `same`. Default false.
   */
  ceilMode?: boolean
}

export interface Pooling1DOptions extends SpaceOptions {
  /** Window width. Default 2. */
  poolSize?: number
  /** Default: the pool size. */
  strides?: number
  /** Default `valid`. */
  padding?: 'same' | 'valid'
}

/** Max or average over windows: [N,H,W,C] -> [N,P,Q,C], of sequences [N,W,C] -> [N,Q,C]. */
export class Pooling extends Layer {
  readonly className: `${'Max' | 'Average'}Pooling${Dims}D`
  readonly poolSize: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly padding: Padding
  readonly ceilMode: boolean
  override readonly space: Space

  constructor(kind: 'max' | 'average', dims: Dims, options: Pooling2DOptions = {}) {
    super(`${kind}_pooling${dims}d`, options)
    this.className = `${kind === 'max' ? 'Max' : 'Average'}Pooling${dims}D`
    this.space = new Space(this.name, dims, options)
    this.poolSize = this.space.pair('poolSize', options.poolSize ?? 2)
    this.strides = options.strides === undefined ? this.poolSize : this.space.pair('strides', options.strides)
    this.padding = checkPadding(this.name, options.padding)
    this.ceilMode = options.ceilMode ?? false
    if (this.ceilMode && this.padding === 'same') throw new ArgumentError(this.name, 'ceilMode must not go with padding same, got both')
  }

  static fromConfig(c: LayerConfig): Pooling {
    const poolSize = windowOf(c, ['pool_size', 'pool_length'], 2)
    const strides = c.value('strides', 'stride') === undefined ? poolSize : windowOf(c, ['strides', 'stride'])
    const options = { ...spaceOptions(c), poolSize, strides, padding: paddingOf(c, pairOf(poolSize), pairOf(strides), poolBefore) }
    return new Pooling(c.className.startsWith('Max') ? 'max' : 'average', dimsOf(c), options)
  }

  override getConfig(): KerasConfig {
    if (this.ceilMode) throw new ArgumentError(this.name, 'pooling must round down to be saved (Keras has no ceil mode), got ceilMode')
    const [pool_size, strides] = [this.space.kept(this.poolSize), this.space.kept(this.strides)]
    return { ...super.getConfig(), ...this.space.config(), pool_size, strides, padding: kerasPadding(this.name, this.padding) }
  }

  /** The padding for an image: in ceil mode, with the rows and columns that the last window needs. */
  #paddingFor(H: number, W: number): Padding {
    if (!this.ceilMode || this.padding === 'same') return this.padding
    const [top, left, bottom, right] = this.padding === 'valid' ? [0, 0, 0, 0] : this.padding
    const missing = (size: number, window: number, stride: number) => (stride - ((size - window) % stride)) % stride
    const below = bottom + missing(H + top + bottom, this.poolSize[0], this.strides[0])
    const beside = right + missing(W + left + right, this.poolSize[1], this.strides[1])
    // A window that would begin in the padding below does not count.
    const whole = (added: number, given: number, window: number) => (added >= window ? given : added)
    return [top, left, whole(below, bottom, this.poolSize[0]), whole(beside, right, this.poolSize[1])]
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const [H, W, C] = this.space.picture(x)
    const { poolSize, strides } = this
    const [, P, Q] = poolShape(this.name, [1, H, W, C], { poolSize, strides, padding: this.#paddingFor(H, W) })
    return this.space.shape([P!, Q!, C])
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    const { poolSize, strides } = this
    const op = this.className.startsWith('Max') ? maxPool : avgPool
    return this.space.on(graph, inputs[0]!, (x) => {
      const [, H, W] = x.shape as [number, number, number]
      return graph.add(op, [x], { poolSize, strides, padding: this.#paddingFor(H, W) })
    })
  }
}

export interface GlobalPoolingOptions extends SpaceOptions {
  /** Keep height and width as 1. Default false. */
  keepdims?: boolean
}

/** Max or average over all pixels: [N,H,W,C] -> [N,C], or [N,1,1,C] with keepdims; of sequences [N,W,C] -> [N,C], or [N,1,C]. */
export class GlobalPooling extends Layer {
  readonly className: `Global${'Max' | 'Average'}Pooling${Dims}D`
  readonly keepdims: boolean
  override readonly space: Space

  constructor(kind: 'max' | 'average', dims: Dims, options: GlobalPoolingOptions = {}) {
    super(`global_${kind}_pooling${dims}d`, options)
    this.className = `Global${kind === 'max' ? 'Max' : 'Average'}Pooling${dims}D`
    this.space = new Space(this.name, dims, options)
    this.keepdims = options.keepdims ?? false
    if (typeof this.keepdims !== 'boolean')
      throw new ArgumentError(this.name, `keepdims must be a boolean, got ${String(options.keepdims)}`)
  }

  static fromConfig(c: LayerConfig): GlobalPooling {
    const options = { ...spaceOptions(c), keepdims: c.flag('keepdims', false) }
    return new GlobalPooling(c.className.startsWith('GlobalMax') ? 'max' : 'average', dimsOf(c), options)
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), ...this.space.config(), keepdims: this.keepdims }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const C = this.space.picture(x)[2]
    return this.keepdims ? this.space.shape([1, 1, C]) : [null, C]
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    const op = this.className.startsWith('GlobalMax') ? globalMaxPool : globalAvgPool
    const y = this.space.on(graph, inputs[0]!, (x) => graph.view(graph.add(op, [x], {}), [x.shape[0]!, 1, 1, x.shape[3]!]))
    return this.keepdims ? y : graph.view(y, [y.shape[0]!, sizeOf(y.shape.slice(1))])
  }
}
