/** Pooling layers. Average pooling leaves padding out of the sum and the divisor, as TensorFlow does. */
import { ArgumentError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { avgPool } from '../kernels/avg_pool.ts'
import { poolShape } from '../kernels/common.ts'
import { globalAvgPool } from '../kernels/global_avg_pool.ts'
import { globalMaxPool } from '../kernels/global_max_pool.ts'
import { maxPool } from '../kernels/max_pool.ts'
import type { Padding } from '../shape.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { checkPadding, kerasPadding, pair, type Pair } from './kernel_options.ts'
import { knownShape, Layer, type EmitContext, type SymbolicShape } from './layer.ts'

export interface Pooling2DOptions extends LayerOptions {
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

/** Max or average over windows: [N,H,W,C] -> [N,P,Q,C]. */
export class Pooling2D extends Layer {
  readonly className: 'MaxPooling2D' | 'AveragePooling2D'
  readonly poolSize: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly padding: Padding
  readonly ceilMode: boolean

  constructor(kind: 'max' | 'average', options: Pooling2DOptions = {}) {
    super(`${kind}_pooling2d`, options)
    this.className = kind === 'max' ? 'MaxPooling2D' : 'AveragePooling2D'
    this.poolSize = pair(this.name, 'poolSize', options.poolSize ?? 2)
    this.strides = pair(this.name, 'strides', options.strides ?? this.poolSize)
    this.padding = checkPadding(this.name, options.padding)
    this.ceilMode = options.ceilMode ?? false
    if (this.ceilMode && this.padding === 'same') throw new ArgumentError(this.name, 'ceilMode must not go with padding same, got both')
  }

  static fromConfig(c: LayerConfig): Pooling2D {
    const poolSize = c.channelsLast().pair(['pool_size'], [2, 2])
    const options = { ...c.options(), poolSize, strides: c.pair(['strides'], poolSize), padding: c.padding() }
    return new Pooling2D(c.className === 'MaxPooling2D' ? 'max' : 'average', options)
  }

  override getConfig(): KerasConfig {
    if (this.ceilMode) throw new ArgumentError(this.name, 'pooling must round down to be saved (Keras has no ceil mode), got ceilMode')
    const { poolSize: pool_size, strides } = this
    return { ...super.getConfig(), pool_size, strides, padding: kerasPadding(this.name, this.padding) }
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
    const [H, W, C] = knownShape(this.name, x, 4) as [number, number, number]
    const { poolSize, strides } = this
    const [, P, Q] = poolShape(this.name, [1, H, W, C], { poolSize, strides, padding: this.#paddingFor(H, W) })
    return [null, P!, Q!, C]
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    const { poolSize, strides } = this
    const padding = this.#paddingFor(x!.shape[1]!, x!.shape[2]!)
    return graph.add(this.className === 'MaxPooling2D' ? maxPool : avgPool, [x], { poolSize, strides, padding })
  }
}

export interface GlobalPooling2DOptions extends LayerOptions {
  /** Keep height and width as 1. Default false. */
  keepdims?: boolean
}

/** Max or average over all pixels: [N,H,W,C] -> [N,C], or [N,1,1,C] with keepdims. */
export class GlobalPooling2D extends Layer {
  readonly className: 'GlobalMaxPooling2D' | 'GlobalAveragePooling2D'
  readonly keepdims: boolean

  constructor(kind: 'max' | 'average', options: GlobalPooling2DOptions = {}) {
    super(`global_${kind}_pooling2d`, options)
    this.className = kind === 'max' ? 'GlobalMaxPooling2D' : 'GlobalAveragePooling2D'
    this.keepdims = options.keepdims ?? false
    if (typeof this.keepdims !== 'boolean')
      throw new ArgumentError(this.name, `keepdims must be a boolean, got ${String(options.keepdims)}`)
  }

  static fromConfig(c: LayerConfig): GlobalPooling2D {
    const options = { ...c.channelsLast().options(), keepdims: c.flag('keepdims', false) }
    return new GlobalPooling2D(c.className === 'GlobalMaxPooling2D' ? 'max' : 'average', options)
  }

  override getConfig(): KerasConfig {
    return { ...super.getConfig(), keepdims: this.keepdims }
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const C = knownShape(this.name, x, 4)[2]!
    return this.keepdims ? [null, 1, 1, C] : [null, C]
  }

  override emit({ graph }: EmitContext, inputs: readonly Node[]): Node {
    const x = inputs[0]!
    const y = graph.add(this.className === 'GlobalMaxPooling2D' ? globalMaxPool : globalAvgPool, [x], {})
    return this.keepdims ? graph.view(y, [x.shape[0]!, 1, 1, x.shape[3]!]) : y
  }
}
