/** Reads ranges of a dataset's values as f32 or f64, whatever their type and storage. */
import { ArgumentError, FileError } from '../../errors.ts'
import { lazy } from '../../lazy.ts'
import { sizeOf, type Shape } from '../../shape.ts'
import { expansionLimit } from '../bytes/bytes.ts'
import type { TensorSource } from '../../tensor_source.ts'
import type { Attributes } from './attributes.ts'
import type { ChunkReader, Floats, Format } from './chunked.ts'
import type { Hdf5File } from './file.ts'
import { Message, type HeaderMessage } from './header.ts'
import { checkFilters, gridOf, readFilters, readLayout, type ChunkedLayout, type Filter, type Layout } from './layout.ts'
import { checkNumbers, readDataspace, readDatatype, toFloat32, toFloat64, type Datatype } from './types.ts'

/** Largest chunk that is decoded: 256 MiB. Keras writes none. */
const CHUNK_LIMIT = 256 * 1024 * 1024

const F32: Format<Float32Array<ArrayBuffer>> = { zeros: (count) => new Float32Array(count), of: toFloat32 }
const F64: Format<Float64Array<ArrayBuffer>> = { zeros: (count) => new Float64Array(count), of: toFloat64 }

export class Dataset implements TensorSource {
  readonly path: string
  readonly shape: Shape
  readonly type: Datatype
  readonly attributes: Attributes
  readonly #file: Hdf5File
  readonly #layout: Layout
  readonly #filters: readonly Filter[]
  #reader: ChunkReader | undefined

  /** @throws FileError where a message is missing or broken, or storage is of a kind that Keras does not use */
  constructor(file: Hdf5File, path: string, attributes: Attributes, messages: readonly HeaderMessage[]) {
    const body = (type: number, what: string) => {
      const found = messages.find((m) => m.type === type)
      if (!found) throw new FileError('corrupt', `[hdf5] dataset ${path} must have a ${what}, got none`, { path })
      return found.body.part(found.body.left, `the ${what} of ${path}`)
    }
    if (messages.some((m) => m.type === Message.external)) {
      throw new FileError('unsupported', `[hdf5] values must lie in the file itself, got external storage for ${path}`, { path })
    }
    this.#file = file
    this.path = path
    this.attributes = attributes
    this.shape = readDataspace(body(Message.dataspace, 'dataspace')) ?? [0]
    this.type = readDatatype(body(Message.datatype, 'datatype'))
    this.#layout = readLayout(body(Message.layout, 'storage'), sizeOf(this.shape) * this.type.size)
    const filters = messages.find((m) => m.type === Message.filters)
    this.#filters = filters ? readFilters(filters.body) : []
    checkFilters(this.#filters, path)
    this.#check()
  }

  /** A shape that promises more than the file can hold is refused before anything is allocated for it. */
  #check(): void {
    const size = sizeOf(this.shape) * this.type.size
    const layout = this.#layout
    const most = expansionLimit(this.#file.source.size) // values that were never written count as compressed too
    if (size > most) this.#refuse(`at most ${most} bytes of values in a file of ${this.#file.source.size}`, `${size}`)
    if (layout.kind === 'compact' && layout.bytes.length < size) this.#refuse(`${size} bytes of values`, `${layout.bytes.length}`)
    if (layout.kind === 'contiguous') {
      if (layout.size < size) this.#refuse(`${size} bytes of values`, `${layout.size}`)
      if (layout.address !== Infinity) this.#file.check(layout.address, size, `dataset ${this.path}`)
    }
    if (layout.kind === 'chunked') {
      if (layout.chunk.length !== this.shape.length) this.#refuse(`chunks of rank ${this.shape.length}`, `rank ${layout.chunk.length}`)
      const bytes = sizeOf(layout.chunk) * this.type.size
      if (bytes > CHUNK_LIMIT) this.#refuse(`chunks of at most ${CHUNK_LIMIT} bytes`, `${bytes}`)
      const total = bytes * sizeOf(gridOf(this.shape, layout.chunk))
      if (!(total <= most)) this.#refuse(`chunks of at most ${most} bytes together in a file of ${this.#file.source.size}`, `${total}`)
    }
  }

  #refuse(rule: string, got: string): never {
    throw new FileError('corrupt', `[hdf5] dataset ${this.path} must have ${rule}, got ${got}`, { path: this.path })
  }

  /**
   * Elements [begin, end), row-major, as f32. Values that were never written are 0.
   * @throws FileError; ArgumentError where the range is not inside the dataset; the signal's reason
   */
  read(begin: number, end: number, signal?: AbortSignal): Promise<Float32Array<ArrayBuffer>> {
    return this.#read(F32, begin, end, signal)
  }

  /** As `read`, as f64, which holds whole numbers up to 2^53 as they are: counts. */
  readDouble(begin: number, end: number, signal?: AbortSignal): Promise<Float64Array<ArrayBuffer>> {
    return this.#read(F64, begin, end, signal)
  }

  async #read<T extends Floats>(format: Format<T>, begin: number, end: number, signal: AbortSignal | undefined): Promise<T> {
    const count = sizeOf(this.shape)
    if (!(begin >= 0 && begin <= end && end <= count))
      throw new ArgumentError(this.path, `a range must lie in [0,${count}], got [${begin},${end}]`)
    signal?.throwIfAborted()
    checkNumbers(this.type, this.path)
    const { size } = this.type
    const layout = this.#layout
    if (layout.kind === 'chunked') return (await this.#chunked(layout)).read(format, begin, end, signal)
    if (layout.kind === 'compact') return format.of(this.type, layout.bytes.subarray(begin * size, end * size), this.path)
    if (layout.address === Infinity) return format.zeros(end - begin)
    return format.of(this.type, await this.#file.data(layout.address + begin * size, (end - begin) * size, signal), this.path)
  }

  async #chunked(layout: ChunkedLayout): Promise<ChunkReader> {
    const { ChunkReader } = await lazy(import('./rare.ts'))
    const { path, shape, type } = this
    return (this.#reader ??= new ChunkReader({ file: this.#file, path, shape, type, layout, filters: this.#filters }))
  }
}
