/**
 * The GPU storage of parameters: uploaded once, in slices, from wherever they come. One store per device, so that two models that
 * share a trunk share its memory; a parameter is freed when the last model that uses it lets go.
 */
import { bytesOf } from '../dtype.ts'
import { ArgumentError, DeviceError } from '../errors.ts'
import { splitRows, type Parameter, type Rows } from '../parameter.ts'
import { checkFinite, type TensorSource, type UploadProgress } from '../tensor_source.ts'
import { sizeOf } from '../shape.ts'
import type { Device } from '../device/device.ts'

/** Elements read from a source and handed to the GPU at a time: 4 MiB. */
const SLICE = 1024 * 1024
/** Most bytes that are written before the queue is waited for, so that staging memory stays small. */
const IN_FLIGHT = 16 * 1024 * 1024

export interface UploadOptions {
  signal?: AbortSignal
  onProgress?: (progress: UploadProgress) => void
  /** Values that stand for those of the source. */
  values?: ReadonlyMap<Parameter, Float32Array<ArrayBuffer>>
}

interface Stored {
  /** What the values were read from. */
  source: TensorSource
  /** The version that has the values of the source; -1 where none has. */
  original: number
  readonly parts: { readonly rows: Rows; readonly buffer: GPUBuffer }[]
  version: number
  users: number
}

const stores = new WeakMap<Device, ParameterStore>()

/** The store of a device. */
export function parameterStoreOf(device: Device): ParameterStore {
  let store = stores.get(device)
  if (!store) stores.set(device, (store = new ParameterStore(device)))
  return store
}

export class ParameterStore {
  readonly device: Device
  readonly #stored = new Map<Parameter, Stored>()
  #loading: Promise<unknown> = Promise.resolve()
  #changes = 0
  /** Bytes of weights written since the queue was last waited for. */
  #onTheWay = 0

  constructor(device: Device) {
    this.device = device
  }

  has(parameter: Parameter): boolean {
    return this.#stored.has(parameter)
  }

  /** Counts the changes of all parameters. While it stays, so does every version. */
  get changes(): number {
    return this.#changes
  }

  /** Another number after every change of the parameter's values, so that what was computed from them is known to be stale. */
  version(parameter: Parameter): number {
    return this.#get(parameter).version
  }

  /** Says that a step has changed the parameter in place. */
  touch(parameter: Parameter): void {
    this.#get(parameter).version = ++this.#changes
  }

  /** Whether the values may be others than those of the source. */
  isChanged(parameter: Parameter): boolean {
    const { version, original } = this.#get(parameter)
    return version !== original
  }

  /** Rows and buffers: one for all, but where a tensor exceeds a binding. */
  parts(parameter: Parameter): readonly { readonly rows: Rows; readonly buffer: GPUBuffer }[] {
    return this.#get(parameter).parts
  }

  /** The buffer of a row range; `rows` undefined means the whole tensor. */
  buffer(parameter: Parameter, rows?: Rows): GPUBuffer {
    const { parts } = this.#get(parameter)
    const part = rows ? parts.find((p) => p.rows[0] === rows[0] && p.rows[1] === rows[1]) : parts.length === 1 ? parts[0] : undefined
    if (!part) {
      const limit = this.device.maxTensorBytes
      throw new DeviceError(
        'limit',
        `[${parameter.path}] a weight used here must fit one binding of ${limit} bytes, got ${bytesOf(parameter)} bytes`,
      )
    }
    return part.buffer
  }

  /**
   * Counts one more user of each parameter and uploads those that are not on the device yet, slice by slice, or have another source since.
   * @throws WeightsError `not-finite`, DeviceError, or the signal's reason; nothing of this call stays allocated then.
   */
  load(parameters: ReadonlySet<Parameter>, options: UploadOptions = {}): Promise<void> {
    // One after the other: a second model must not count on weights that the first has not finished, and may still give up.
    const job = this.#loading.then(() => this.#load(parameters, options))
    this.#loading = job.catch(() => undefined)
    return job
  }

  async #load(parameters: ReadonlySet<Parameter>, options: UploadOptions): Promise<void> {
    const present = new Set([...parameters].filter((p) => this.#stored.has(p)))
    const missing = [...parameters].filter((p) => !present.has(p))
    // Counted before anything is waited for: whoever has them now may let go meanwhile.
    for (const p of present) this.#get(p).users++
    const stale = [...present].filter((p) => this.#get(p).source !== p.source)
    const totalBytes = [...missing, ...stale].reduce((sum, p) => sum + bytesOf(p), 0)
    const done: Parameter[] = []
    let loadedBytes = 0
    try {
      for (const parameter of missing) {
        options.signal?.throwIfAborted()
        await this.#allocate(parameter)
        done.push(parameter)
        for await (const bytes of this.#fill(parameter, options)) {
          loadedBytes += bytes
          options.onProgress?.({ loadedBytes, totalBytes })
        }
        if (options.values?.has(parameter)) this.#get(parameter).original = -1
      }
      options.signal?.throwIfAborted()
      const before = loadedBytes
      await this.reload(stale, {
        ...(options.signal && { signal: options.signal }),
        onProgress: ({ loadedBytes }) => options.onProgress?.({ loadedBytes: before + loadedBytes, totalBytes }),
      })
    } catch (error) {
      done.forEach((p) => this.#free(p))
      this.release(present)
      throw error
    }
    for (const p of missing) this.#get(p).users++
  }

  /**
   * Reads stored parameters from their sources again, after those have been replaced. The new values are gathered in buffers of their own and
   * take the place of the old ones when all are there, so a bad file, a cut connection or an abort leaves the old weights as they were.
   * @throws as load; DeviceError `out-of-memory` where there is no room for both
   */
  async reload(parameters: readonly Parameter[], options: UploadOptions = {}): Promise<void> {
    const present = [...new Set(parameters)].filter((p) => this.#stored.has(p))
    const totalBytes = present.reduce((sum, p) => sum + bytesOf(p), 0)
    const staged = new Map<GPUBuffer, GPUBuffer>()
    let loadedBytes = 0
    try {
      for (const p of present) {
        const buffers = this.#get(p).parts.map((part) => part.buffer)
        const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
        const made = await this.device.allocate(p.path, () =>
          buffers.map((b) => this.device.createBuffer(`${p.path} staging`, b.size, usage)),
        )
        buffers.forEach((b, i) => staged.set(b, made[i]!))
        for await (const bytes of this.#fill(p, options, staged)) {
          loadedBytes += bytes
          options.onProgress?.({ loadedBytes, totalBytes })
        }
      }
      const encoder = this.device.gpu.createCommandEncoder()
      for (const [to, from] of staged) encoder.copyBufferToBuffer(from, 0, to, 0, to.size)
      this.device.gpu.queue.submit([encoder.finish()])
      for (const p of present) {
        this.touch(p)
        Object.assign(this.#get(p), { source: p.source, original: this.#changes })
      }
    } finally {
      for (const b of staged.values()) this.device.destroyBuffer(b)
    }
  }

  /** Counts one user less of each parameter, and frees those that nobody uses any more. */
  release(parameters: ReadonlySet<Parameter>): void {
    for (const p of parameters) {
      const stored = this.#stored.get(p)
      if (stored && --stored.users === 0) this.#free(p)
    }
  }

  async #allocate(parameter: Parameter): Promise<void> {
    const { device } = this
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
    const rowBytes = bytesOf(parameter) / (parameter.shape[0] ?? 1)
    const parts = await device.allocate(parameter.path, () =>
      splitRows(parameter.shape, device.maxTensorBytes).map((rows) => ({
        rows,
        buffer: device.createBuffer(parameter.path, (rows[1] - rows[0]) * rowBytes, usage),
      })),
    )
    this.#stored.set(parameter, { source: parameter.source, original: ++this.#changes, version: this.#changes, parts, users: 0 })
  }

  /** The values in slices, with the buffer and the byte offset that each belongs to. */
  async *#slices(parameter: Parameter, { signal, values }: UploadOptions) {
    const given = values?.get(parameter)
    const perRow = sizeOf(parameter.shape) / (parameter.shape[0] ?? 1)
    for (const { rows, buffer } of this.#get(parameter).parts) {
      const first = rows[0] * perRow
      const end = rows[1] * perRow
      for (let begin = first; begin < end; begin += SLICE) {
        signal?.throwIfAborted()
        const until = Math.min(end, begin + SLICE)
        const data = given ? given.subarray(begin, until) : await parameter.source.read(begin, until, signal)
        yield { data, begin, buffer, offset: 4 * (begin - first) }
      }
    }
  }

  /** Streams the values into the buffers, or into those that stand for them, no faster than they get there; yields the bytes of each slice. */
  async *#fill(parameter: Parameter, options: UploadOptions, instead?: ReadonlyMap<GPUBuffer, GPUBuffer>): AsyncGenerator<number> {
    if (parameter.source.zeros && !options.values?.has(parameter)) {
      yield bytesOf(parameter) // as buffers begin
      return
    }
    if (parameter.dtype !== 'f32') throw new ArgumentError(parameter.path, `values of type ${parameter.dtype} must begin as 0, got others`)
    for await (const { data, begin, buffer, offset } of this.#slices(parameter, options)) {
      checkFinite(parameter, data, begin)
      if (this.#onTheWay + data.byteLength > IN_FLIGHT) {
        this.#onTheWay = 0
        await this.device.idle()
      }
      this.#onTheWay += data.byteLength
      this.device.write(instead?.get(buffer) ?? buffer, offset, data)
      yield data.byteLength
    }
  }

  /** Reads a parameter's values back. Shape as the parameter's. */
  async read(parameter: Parameter): Promise<Float32Array> {
    const values = new Float32Array(sizeOf(parameter.shape))
    const perRow = values.length / (parameter.shape[0] ?? 1)
    for (const { rows, buffer } of this.#get(parameter).parts) {
      values.set(await this.device.read(buffer, (rows[1] - rows[0]) * perRow), rows[0] * perRow)
    }
    return values
  }

  /** Overwrites a parameter's values. `data` has the parameter's number of elements. */
  write(parameter: Parameter, data: Float32Array): void {
    const perRow = sizeOf(parameter.shape) / (parameter.shape[0] ?? 1)
    for (const { rows, buffer } of this.#get(parameter).parts) {
      this.device.write(buffer, 0, data.subarray(rows[0] * perRow, rows[1] * perRow))
    }
    this.touch(parameter)
  }

  /** Gives parameters the values of others of their shapes. */
  copy(pairs: readonly (readonly [from: Parameter, to: Parameter])[]): void {
    const encoder = this.device.gpu.createCommandEncoder()
    for (const [from, to] of pairs) {
      const source = this.#get(from).parts
      this.#get(to).parts.forEach(({ buffer }, i) => encoder.copyBufferToBuffer(source[i]!.buffer, 0, buffer, 0, buffer.size))
    }
    this.device.gpu.queue.submit([encoder.finish()])
    for (const [, to] of pairs) this.touch(to)
  }

  #get(parameter: Parameter): Stored {
    const stored = this.#stored.get(parameter)
    if (!stored)
      throw new DeviceError('disposed', `[${parameter.path}] the weight must be on the device, got none (not loaded, or disposed)`)
    return stored
  }

  #free(parameter: Parameter): void {
    this.#stored.get(parameter)?.parts.forEach((p) => this.device.destroyBuffer(p.buffer))
    this.#stored.delete(parameter)
  }
}
