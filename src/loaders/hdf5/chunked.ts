/** Reads ranges of a dataset's values that lie in chunks, filtered or not; loaded when a file has such a dataset. */
import { sizeOf, type Shape } from '../../shape.ts'
import { findChunks, type Chunk } from './chunks.ts'
import type { Hdf5File } from './file.ts'
import { unfilter } from './filters.ts'
import type { ChunkedLayout, Filter } from './layout.ts'
import type { Datatype } from './types.ts'

export type Floats = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>

/** What values become. */
export interface Format<T extends Floats> {
  readonly zeros: (count: number) => T
  readonly of: (type: Datatype, bytes: Uint8Array<ArrayBuffer>, where: string) => T
}

/** A dataset in chunks. */
export interface InChunks {
  readonly file: Hdf5File
  readonly path: string
  readonly shape: Shape
  readonly type: Datatype
  readonly layout: ChunkedLayout
  readonly filters: readonly Filter[]
}

export class ChunkReader {
  readonly #of: InChunks
  #chunks: Chunk[] | undefined

  constructor(of: InChunks) {
    this.#of = of
  }

  /** The index is read once; after a failure, such as an abort, it is read again. */
  async #index(signal: AbortSignal | undefined): Promise<Chunk[]> {
    const { file, path, shape, type, layout, filters } = this.#of
    const chunkBytes = sizeOf(layout.chunk) * type.size
    this.#chunks ??= await findChunks({ file, path, shape, layout, chunkBytes, filtered: filters.length > 0 }, signal ?? null)
    return this.#chunks
  }

  /** Elements [begin, end), row-major. @throws FileError; the signal's reason */
  async read<T extends Floats>(format: Format<T>, begin: number, end: number, signal: AbortSignal | undefined): Promise<T> {
    const { file, path, shape, type, layout, filters } = this.#of
    const { chunk, plainEdges } = layout
    const out = format.zeros(end - begin)
    const rowSize = sizeOf(shape.slice(1))
    for (const c of await this.#index(signal)) {
      const first = c.at[0]! * rowSize
      if (first >= end || first + chunk[0]! * rowSize <= begin) continue
      const plain = plainEdges && c.at.some((p, axis) => p + chunk[axis]! > shape[axis]!)
      const stored = await file.data(c.address, c.stored, signal)
      const bytes = await unfilter(stored, plain ? [] : filters, c.mask, sizeOf(chunk) * type.size, type.size, path)
      this.#scatter(format.of(type, bytes, path), c.at, chunk, begin, out)
    }
    return out
  }

  /** Copies a chunk's rows of the last axis to where they belong in `out`, which begins at element `begin`. */
  #scatter(values: Floats, at: readonly number[], chunk: readonly number[], begin: number, out: Floats): void {
    const { shape } = this.#of
    const last = chunk.length - 1
    const run = Math.min(chunk[last]!, shape[last]! - at[last]!)
    const rows = sizeOf(chunk.slice(0, last))
    for (let row = 0; row < rows; row++) {
      let rest = row
      let target = 0
      let stride = 1
      let inside = run > 0
      for (let axis = last; axis >= 0; axis--) {
        const local = axis === last ? 0 : rest % chunk[axis]!
        if (axis !== last) rest = Math.floor(rest / chunk[axis]!)
        const position = at[axis]! + local
        inside &&= position < shape[axis]!
        target += position * stride
        stride *= shape[axis]!
      }
      if (!inside) continue
      const from = Math.max(0, begin - target)
      const to = Math.min(run, begin + out.length - target)
      if (from < to) out.set(values.subarray(row * chunk[last]! + from, row * chunk[last]! + to), target + from - begin)
    }
  }
}
