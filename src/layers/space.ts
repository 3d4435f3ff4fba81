/**
 * What layers of sequences and of pictures share. A sequence [N,W,C] is a picture [N,1,W,C] of one row: the same kernels compute both, and
 * nothing is copied.
 */
import { ArgumentError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import type { KerasConfig, LayerConfig } from './config.ts'
import { pair, type Pair } from './kernel_options.ts'
import { knownShape, type SymbolicShape } from './layer.ts'

/** Axes that a layer moves along: those of sequences, or of pictures. */
export type Dims = 1 | 2

/** Sizes of a picture. */
export type Picture = readonly [H: number, W: number, C: number]

/** Of the class in a config, such as `Conv1D`. */
export function dimsOf(c: LayerConfig): Dims {
  return c.className.includes('1D') ? 1 : 2
}

/** A window's size or steps in a config: one number for sequences, one or two for pictures. */
export function windowOf(c: LayerConfig, keys: readonly string[], fallback?: number): Pair {
  if (dimsOf(c) === 2) return c.pair(keys, fallback === undefined ? undefined : [fallback, fallback])
  const found = keys.find((key) => c.value(key) !== undefined)
  const value = found === undefined ? fallback : c.numbers(found)
  if (typeof value !== 'number') throw c.refuse(`${keys[0]} must be a number`, value)
  return value
}

/** Rows and columns of a window from a config: those of a sequence are one row. */
export const pairOf = (window: Pair): readonly [number, number] => (typeof window === 'number' ? [1, window] : window)

export class Space {
  readonly #layer: string
  readonly dims: Dims

  /** @param layer who says so in errors */
  constructor(layer: string, dims: Dims) {
    this.#layer = layer
    this.dims = dims
  }

  /** The picture that a layer is applied to. @throws ShapeError */
  picture(x: SymbolicShape | undefined): Picture {
    const known = knownShape(this.#layer, x, this.dims + 2)
    return (this.dims === 1 ? [1, ...known] : known) as unknown as Picture
  }

  /** The shape of a picture that a layer gives. */
  shape([H, W, C]: Picture): SymbolicShape {
    return this.dims === 1 ? [null, W, C] : [null, H, W, C]
  }

  /** A window's rows and columns: a sequence's is one number. @throws ArgumentError */
  pair(what: string, value: Pair): [number, number] {
    if (this.dims === 2) return pair(this.#layer, what, value)
    if (typeof value !== 'number') throw new ArgumentError(this.#layer, `${what} must be one number, got ${String(value)}`)
    return [1, pair(this.#layer, what, value)[1]]
  }

  /** What Keras writes of rows and columns, and the leading axes of its kernels. */
  kept<T>([rows, columns]: readonly [T, T]): T[] {
    return this.dims === 1 ? [columns] : [rows, columns]
  }

  /** Appends what is done to a picture. */
  on(graph: Graph, x: Node, what: (x: Node) => Node): Node {
    if (this.dims === 2) return what(x)
    const [N, W, C] = x.shape as [number, number, number]
    const y = what(graph.view(x, [N, 1, W, C]))
    return graph.view(y, [y.shape[0]!, ...y.shape.slice(2)])
  }

  /** What Keras writes of it. Cropping1D, UpSampling1D and SpatialDropout1D do not know it. */
  config(): KerasConfig {
    return { data_format: 'channels_last' }
  }
}
