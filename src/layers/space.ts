/**
 * What layers of sequences and of pictures share. A sequence [N,W,C] is a picture [N,1,W,C] of one row: the same kernels compute both, and
 * nothing is copied. Where channels come first, [N,C,H,W], they go to the end and back; from layer to layer that goes (src/graph/layout.ts).
 */
import { ArgumentError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import type { KerasConfig, LayerConfig, LayerOptions } from './config.ts'
import { pair, type Pair } from './kernel_options.ts'
import { permuted } from './axes.ts'
import type { SymbolicShape } from './layer.ts'
import { shapeOfSizes, sizesOf } from './open_sizes.ts'

/** Axes that a layer moves along: those of sequences, or of pictures. */
export type Dims = 1 | 2

/** Which axis of what a layer is applied to are the channels: the last, or that behind the batch. See {@link layers}. */
export type DataFormat = 'channelsLast' | 'channelsFirst'

/** What layers of pictures and sequences take. */
export interface SpaceOptions extends LayerOptions {
  /** Order of the axes of input and output; kernels have theirs whatever it is. Default `channelsLast`. */
  dataFormat?: DataFormat
}

const FORMATS: Readonly<Record<string, DataFormat>> = {
  channels_last: 'channelsLast',
  channels_first: 'channelsFirst',
  tf: 'channelsLast', // Keras 1
  th: 'channelsFirst',
  default: 'channelsLast',
}

/** The data format of a config. @throws FileError */
export function formatOf(c: LayerConfig): DataFormat {
  const value = c.value('data_format', 'dim_ordering') ?? 'default'
  const format = typeof value === 'string' && Object.hasOwn(FORMATS, value) ? FORMATS[value] : undefined
  if (!format) throw c.refuse('data_format must be channels_last or channels_first', value)
  return format
}

/** What every layer's config says, and the data format. */
export const spaceOptions = (c: LayerConfig) => ({ ...c.options(), dataFormat: formatOf(c) })

/** @throws ArgumentError for a data format that is none */
export function checkFormat(layer: string, given: DataFormat = 'channelsLast'): DataFormat {
  if (given === 'channelsLast' || given === 'channelsFirst') return given
  throw new ArgumentError(layer, `dataFormat must be channelsLast or channelsFirst, got ${String(given)}`)
}

/** What Keras writes of it. */
export const kerasFormat = (first: boolean): KerasConfig => ({ data_format: first ? 'channels_first' : 'channels_last' })

/** Sizes of a picture; NaN where they are open. */
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
  /** Whether channels come first. */
  readonly first: boolean

  /** @param layer who says so in errors @throws ArgumentError for a data format that is none */
  constructor(layer: string, dims: Dims, { dataFormat }: SpaceOptions) {
    this.#layer = layer
    this.dims = dims
    this.first = checkFormat(layer, dataFormat) === 'channelsFirst'
  }

  /** The picture that a layer is applied to. @throws ShapeError */
  picture(x: SymbolicShape | undefined): Picture {
    const known = sizesOf(this.#layer, x, this.dims + 2, this.first ? 1 : -1)
    const last = this.first ? [...known.slice(1), known[0]!] : known
    return (this.dims === 1 ? [1, ...last] : last) as unknown as Picture
  }

  /** The shape of a picture that a layer gives. */
  shape([H, W, C]: Picture): SymbolicShape {
    const sizes = this.dims === 1 ? [W] : [H, W]
    return shapeOfSizes(this.first ? [C, ...sizes] : [...sizes, C])
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
    if (this.first) {
      const [toLast, toFirst] = this.dims === 1 ? [ [0, 2, 1], [0, 2, 1] ] : [ [0, 2, 3, 1], [0, 3, 1, 2] ] // prettier-ignore
      return permuted(graph, this.#asPicture(graph, permuted(graph, x, toLast), what), toFirst)
    }
    return this.#asPicture(graph, x, what)
  }

  #asPicture(graph: Graph, x: Node, what: (x: Node) => Node): Node {
    if (this.dims === 2) return what(x)
    const [N, W, C] = x.shape as [number, number, number]
    const y = what(graph.view(x, [N, 1, W, C]))
    return graph.view(y, [y.shape[0]!, ...y.shape.slice(2)])
  }

  /**
   * What Keras writes of it.
   * @param said false for Cropping1D, UpSampling1D and SpatialDropout1D, which know channels last only
   * @throws ArgumentError for channels first then
   */
  config(said = true): KerasConfig {
    if (said) return kerasFormat(this.first)
    if (!this.first) return {}
    throw new ArgumentError(this.#layer, 'channels must come last to be saved (as Keras has this layer), got channelsFirst')
  }
}
