/** Pooling layers. Average pooling with `same` leaves the padding out of the divisor, as TensorFlow does. */
import { ArgumentError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { avgPool } from '../kernels/avg_pool.ts'
import { globalAvgPool } from '../kernels/global_avg_pool.ts'
import { globalMaxPool } from '../kernels/global_max_pool.ts'
import { maxPool } from '../kernels/max_pool.ts'
import { window2d, type Padding } from '../shape.ts'
import { checkPadding, pair, type Pair } from './conv.ts'
import { knownShape, Layer, type EmitContext, type LayerOptions, type SymbolicShape } from './layer.ts'

export interface Pooling2DOptions extends LayerOptions {
  /** Window height and width. Default 2. */
  poolSize?: Pair
  /** Default: the pool size. */
  strides?: Pair
  /** Default `valid`. */
  padding?: Padding
}

/** Max or average over windows: [N,H,W,C] -> [N,P,Q,C]. */
export class Pooling2D extends Layer {
  readonly className: 'MaxPooling2D' | 'AveragePooling2D'
  readonly poolSize: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly padding: Padding

  constructor(kind: 'max' | 'average', options: Pooling2DOptions = {}) {
    super(`${kind}_pooling2d`, options)
    this.className = kind === 'max' ? 'MaxPooling2D' : 'AveragePooling2D'
    this.poolSize = pair(this.name, 'poolSize', options.poolSize ?? 2)
    this.strides = pair(this.name, 'strides', options.strides ?? this.poolSize)
    this.padding = checkPadding(this.name, options.padding)
  }

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    const [H, W, C] = knownShape(this.name, x, 4) as [number, number, number]
    const { P, Q } = window2d(this.name, [H, W], this.poolSize, this.strides, this.padding)
    return [null, P, Q, C]
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    const { poolSize, strides, padding } = this
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
