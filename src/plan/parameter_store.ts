/**
 * The GPU storage of parameters: uploaded once, in slices, from wherever they come. One store per device, so that two models that
 * share a trunk share its memory; a parameter is freed when the last model that uses it lets go.
 */
import { bytesOf } from '../dtype.ts'
import { ArgumentError, DeviceError } from '../errors.ts'
import { fromArray, splitRows, type Holder, type Parameter, type Rows } from '../parameter.ts'
import { checkFinite, type TensorSource, type UploadProgress } from '../tensor_source.ts'
import { sizeOf } from '../shape.ts'
import type { Device } from '../device/device.ts'
import { InOrder } from './in_order.ts'
import { Places, type Part, type Place } from './places.ts'

/** Elements read from a source and handed to the GPU at a time: 4 MiB. */
const SLICE = 1024 * 1024
/** Slices that are read at a time. */
const AHEAD = 4
/** Most bytes that are written before the queue is waited for, so that staging memory stays small. */
const IN_FLIGHT = 16 * 1024 * 1024

interface ReloadOptions {
  signal?: AbortSignal
  onProgress?: (progress: UploadProgress) => void
}

export interface UploadOptions extends ReloadOptions {
  /** Values that stand for those of the source, and of a device that has the parameter already. */
  values?: ReadonlyMap<Parameter, Float32Array<ArrayBuffer>>
  /** Those of `values` that are as the source has them. Default: none is known to be. */
  unchanged?: ReadonlySet<Parameter>
}

interface Stored {
  /** What the values were read from. */
  source: TensorSource
  /** The version that has the values of the source; -1 where none has. */
  original: number
  version: number
  users: number
}

const sumOfBytes = (parameters: readonly Parameter[]) => parameters.reduce((sum, p) => sum + bytesOf(p), 0)

const stores = new WeakMap<Device, ParameterStore>()

/** The store of a device. */
export function parameterStoreOf(device: Device): ParameterStore {
  let store = stores.get(device)
  if (!store) stores.set(device, (store = new ParameterStore(device)))
  return store
}

export class ParameterStore implements Holder {
  readonly device: Device
  readonly #stored = new Map<Parameter, Stored>()
  #loading: Promise<unknown> = Promise.resolve()
  #changes = 0
  readonly #places: Places
  /** Bytes of weights written since the queue was last waited for. */
  #onTheWay = 0

  constructor(device: Device) {
    this.device = device
    this.#places = new Places(device)
  }

  has(parameter: Parameter): boolean {
    return this.#stored.has(parameter)
  }

  /** Counts the changes of all parameters. While it stays, so does every version. */
  get changes(): number {
    return this.#changes
  }

  /** Counts what comes, goes and moves. While it stays, everything is where it was. */
  get moves(): number {
    return this.#places.moves
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

  /** Rows and where they are: one part for all, but where a tensor exceeds a binding. */
  parts(parameter: Parameter): readonly Part[] {
    this.#get(parameter)
    return this.#places.partsOf(parameter)
  }

  /** Where a row range is; `rows` undefined means the whole tensor. */
  place(parameter: Parameter, rows?: Rows): Place {
    const parts = this.parts(parameter)
    const part = rows ? parts.find((p) => p.rows[0] === rows[0] && p.rows[1] === rows[1]) : parts.length === 1 ? parts[0] : undefined
    if (!part) {
      const limit = this.device.maxTensorBytes
      throw new DeviceError(
        'limit',
        `[${parameter.path}] a weight used here must fit one binding of ${limit} bytes, got ${bytesOf(parameter)} bytes`,
      )
    }
    return part
  }

  /** Where a parameter is that has been put together with others; undefined for one that has not. */
  placeTogether(parameter: Parameter): Place | undefined {
    return this.#places.placeTogether(parameter)
  }

  /** Puts the parameters of each group behind each other, so that one binding can be of all. @throws DeviceError as Places.together */
  together(groups: readonly (readonly Parameter[])[]): Promise<void> {
    return this.#places.together(groups)
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
    const { signal, onProgress, values } = options
    const present = new Set([...parameters].filter((p) => this.#stored.has(p)))
    const missing = [...parameters].filter((p) => !present.has(p))
    // Counted before anything is waited for: whoever has them now may let go meanwhile.
    for (const p of present) this.#get(p).users++
    const stale = () => [...parameters].filter((p) => this.#get(p).source !== p.source)
    const sources = new Map([...parameters].map((p) => [p, p.source]))
    const given = (p: Parameter) => values?.get(p) && fromArray(p.shape, values.get(p)!)
    const from = new Map(missing.map((p) => [p, given(p) ?? p.source]))
    const outdated = [...present].filter((p) => this.#get(p).source !== p.source)
    let totalBytes = sumOfBytes([...missing, ...outdated])
    const done: Parameter[] = []
    let loadedBytes = 0
    try {
      const reads = this.#ahead(from, signal)
      for (const [parameter, source] of from) {
        signal?.throwIfAborted()
        await this.#allocate(parameter, sources.get(parameter)!)
        done.push(parameter)
        for await (const bytes of this.#fill(parameter, source, reads, signal)) {
          loadedBytes += bytes
          onProgress?.({ loadedBytes, totalBytes })
        }
      }
      signal?.throwIfAborted()
      for (let rest = stale(); rest.length; rest = stale()) {
        const before = loadedBytes
        totalBytes = Math.max(totalBytes, before + sumOfBytes(rest))
        await this.#reload(rest, {
          ...(signal && { signal }),
          onProgress: (now) => onProgress?.({ loadedBytes: (loadedBytes = before + now.loadedBytes), totalBytes }),
        })
      }
    } catch (error) {
      done.forEach((p) => this.#free(p))
      this.release(present)
      throw error
    }
    for (const p of missing) {
      this.#get(p).users++
      p.holders.add(this) // not before: what is set meanwhile must not be overwritten by slices that were read earlier
    }
    for (const [p, source] of sources) if (p.source === source) this.#standIn(p, present.has(p), options)
  }

  /** Lets the value that was given stand for the source's. */
  #standIn(p: Parameter, wasPresent: boolean, { values, unchanged }: UploadOptions): void {
    const data = values?.get(p)
    if (!data) return
    const same = unchanged?.has(p) ?? false
    if (wasPresent && (!same || this.isChanged(p))) this.write(p, data)
    const stored = this.#get(p)
    stored.original = same ? stored.version : -1
  }

  /**
   * Reads stored parameters from their sources again, after those have been replaced. The new values are gathered in buffers of their own and
   * take the place of the old ones when all are there, so a bad file, a cut connection or an abort leaves the old weights as they were.
   * @throws as load; DeviceError `out-of-memory` where there is no room for both
   */
  reload(parameters: readonly Parameter[], options: ReloadOptions = {}): Promise<void> {
    // Those that are still being loaded are looked at again when they are there.
    return this.#reload(
      [...new Set(parameters)].filter((p) => p.holders.has(this)),
      options,
    )
  }

  async #reload(present: readonly Parameter[], { signal, onProgress }: ReloadOptions): Promise<void> {
    const totalBytes = sumOfBytes(present)
    const staged = new Map<Parameter, readonly GPUBuffer[]>()
    const from = new Map(present.map((p) => [p, p.source]))
    const reads = this.#ahead(from, signal)
    let loadedBytes = 0
    try {
      for (const [p, source] of from) {
        const parts = this.parts(p)
        const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
        const made = await this.device.allocate(p.path, () =>
          parts.map(({ bytes }) => this.device.createBuffer(`${p.path} staging`, bytes, usage)),
        )
        staged.set(p, made)
        for await (const bytes of this.#fill(p, source, reads, signal, made)) {
          loadedBytes += bytes
          onProgress?.({ loadedBytes, totalBytes })
        }
      }
      const latest = [...staged].filter(([p]) => p.source === from.get(p)) // others have been set meanwhile
      const encoder = this.device.gpu.createCommandEncoder()
      for (const [p, made] of latest)
        this.parts(p).forEach((to, i) => encoder.copyBufferToBuffer(made[i]!, 0, to.buffer, to.offset, to.bytes))
      this.device.gpu.queue.submit([encoder.finish()])
      for (const [p] of latest) {
        this.touch(p)
        Object.assign(this.#get(p), { source: p.source, original: this.#changes })
      }
    } finally {
      for (const b of [...staged.values()].flat()) this.device.destroyBuffer(b)
    }
  }

  /** Counts one user less of each parameter, and frees those that nobody uses any more. */
  release(parameters: ReadonlySet<Parameter>): void {
    for (const p of parameters) {
      const stored = this.#stored.get(p)
      if (stored && --stored.users === 0) this.#free(p)
    }
  }

  async #allocate(parameter: Parameter, source: TensorSource): Promise<void> {
    await this.#places.add(parameter)
    this.#stored.set(parameter, { source, original: ++this.#changes, version: this.#changes, users: 0 })
  }

  /** Elements that are read at a time, with the number of the part and the byte offset in it that they belong to. */
  *#ranges(parameter: Parameter): Generator<{ begin: number; end: number; part: number; offset: number }> {
    const perRow = sizeOf(parameter.shape) / (parameter.shape[0] ?? 1)
    for (const [part, rows] of splitRows(parameter.shape, this.device.maxTensorBytes).entries()) {
      const [first, last] = [rows[0] * perRow, rows[1] * perRow]
      for (let begin = first; begin < last; begin += SLICE) {
        yield { begin, end: Math.min(last, begin + SLICE), part, offset: 4 * (begin - first) }
      }
    }
  }

  /** Reads the values of all parameters in the order in which they are filled, a few slices ahead: a server takes its time for each. */
  #ahead(from: ReadonlyMap<Parameter, TensorSource>, signal: AbortSignal | undefined): InOrder<Float32Array> {
    const jobs = function* (store: ParameterStore) {
      for (const [p, source] of from) {
        if (source.zeros) continue
        for (const { begin, end } of store.#ranges(p)) yield () => source.read(begin, end, signal)
      }
    }
    return new InOrder(jobs(this), AHEAD)
  }

  /** Streams the values to where they belong, or into a buffer for each part, no faster than they get there; yields the bytes of each slice. */
  async *#fill(
    parameter: Parameter,
    source: TensorSource,
    reads: InOrder<Float32Array>,
    signal: AbortSignal | undefined,
    instead?: readonly GPUBuffer[],
  ): AsyncGenerator<number> {
    if (source.zeros) {
      yield bytesOf(parameter) // as buffers begin
      return
    }
    if (parameter.dtype !== 'f32') throw new ArgumentError(parameter.path, `values of type ${parameter.dtype} must begin as 0, got others`)
    for (const { begin, part, offset } of this.#ranges(parameter)) {
      signal?.throwIfAborted()
      const data = await reads.next()
      if (!parameter.source.anyNumbers) checkFinite(parameter, data, begin)
      if (this.#onTheWay + data.byteLength > IN_FLIGHT) {
        this.#onTheWay = 0
        await this.device.idle()
      }
      this.#onTheWay += data.byteLength
      const to = instead ? { buffer: instead[part]!, offset: 0 } : this.parts(parameter)[part]!
      this.device.write(to.buffer, to.offset + offset, data)
      yield data.byteLength
    }
  }

  /** Reads a parameter's values back. Shape as the parameter's. */
  async read(parameter: Parameter): Promise<Float32Array> {
    const values = new Float32Array(sizeOf(parameter.shape))
    const perRow = values.length / (parameter.shape[0] ?? 1)
    for (const { rows, buffer, offset, bytes } of this.parts(parameter)) {
      values.set(await this.device.read(buffer, bytes / 4, offset), rows[0] * perRow)
    }
    return values
  }

  /** Overwrites a parameter's values. `data` has the parameter's number of elements. */
  write(parameter: Parameter, data: Float32Array): void {
    const perRow = sizeOf(parameter.shape) / (parameter.shape[0] ?? 1)
    for (const { rows, buffer, offset } of this.parts(parameter)) {
      this.device.write(buffer, offset, data.subarray(rows[0] * perRow, rows[1] * perRow))
    }
    this.touch(parameter)
  }

  /** As write, of values that the source has. */
  put(parameter: Parameter, data: Float32Array): void {
    this.write(parameter, data)
    Object.assign(this.#get(parameter), { source: parameter.source, original: this.#changes })
  }

  /** Gives parameters the values of others of their shapes. */
  copy(pairs: readonly (readonly [from: Parameter, to: Parameter])[]): void {
    const encoder = this.device.gpu.createCommandEncoder()
    for (const [from, to] of pairs) {
      const source = this.parts(from)
      this.parts(to).forEach(({ buffer, offset, bytes }, i) =>
        encoder.copyBufferToBuffer(source[i]!.buffer, source[i]!.offset, buffer, offset, bytes),
      )
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
    if (!this.#stored.has(parameter)) return
    parameter.holders.delete(this)
    this.#places.remove(parameter)
    this.#stored.delete(parameter)
  }
}
