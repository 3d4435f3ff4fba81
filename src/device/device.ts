/**
 * The one place that talks to a GPUDevice: adapter and limits, buffers that are counted, pipelines cached by their final source,
 * uploads and readbacks that never hang when the device is lost.
 */
import type { Caps } from '../caps.ts'
import { disposeKey } from '../dispose.ts'
import { DeviceError } from '../errors.ts'
import { capsOf, FEATURES, isSoftwareAdapter } from './adapter.ts'
import type { OpenDeviceOptions } from './device_options.ts'
import { noAdapter, noWebGpu } from './missing.ts'
import { Pace } from './pace.ts'
import { Pipelines, type CompiledKernel } from './pipeline.ts'
import { Successor } from './successor.ts'
import { Waits } from './waits.ts'

/** Bytes that a buffer binding or size is rounded up to. */
const ALIGN = 16

/** Bytes that a buffer for so many bytes has. */
export function bufferBytes(bytes: number): number {
  return Math.max(ALIGN, Math.ceil(bytes / ALIGN) * ALIGN)
}

/** Everything that WebGPU may have against commands. */
const FILTERS: readonly GPUErrorFilter[] = ['validation', 'out-of-memory', 'internal']

/** Submits that the GPU has at a time: enough to never run dry, few enough to stop soon. */
const MOST_UNDER_WAY = 3

/** FLOP/s that even a slow adapter of its kind reaches; from there on it is measured. */
const SLOW = { software: 2e9, hardware: 2e10 }

/**
 * Opens a WebGPU device with the adapter's own limits for buffers and bindings.
 * @throws DeviceError `no-webgpu` where the platform has none, `no-adapter` where it finds no adapter.
 * @example
 * // in a page
 * const device = await openDevice({ memoryBudget: 2 ** 30 })
 * await model.compile({ device })
 */
export async function openDevice(options: OpenDeviceOptions = {}): Promise<Device> {
  const gpu = options.gpu ?? (globalThis.navigator as Navigator | undefined)?.gpu
  if (!gpu) throw noWebGpu()
  const adapter = await gpu.requestAdapter(options.powerPreference ? { powerPreference: options.powerPreference } : undefined)
  if (!adapter) throw noAdapter()
  const { maxStorageBufferBindingSize, maxBufferSize, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupStorageSize } = adapter.limits
  const device = await adapter.requestDevice({
    label: 'thaw',
    requiredFeatures: FEATURES.filter((f) => adapter.features.has(f)),
    requiredLimits: { maxStorageBufferBindingSize, maxBufferSize, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupStorageSize },
  })
  return new Device(device, adapter.info, options, () => openDevice(options))
}

/**
 * @example
 * await model.predict(x)
 * device.live.buffers > 0 // true
 * device.lost.then(({ reason, message }) => console.log(reason, message)) // 'destroyed' after dispose()
 */
export class Device {
  /** WebGPU's own device. */
  readonly gpu: GPUDevice
  /** Which adapter it is; `adapterLabel` makes a line of it. */
  readonly info: GPUAdapterInfo
  /** What kernels are chosen by. */
  readonly caps: Caps
  /** How fast the adapter is, in floating-point operations and what takes as long; bounds how much work goes into one dispatch and one submit. */
  readonly pace: Pace
  /** Largest tensor, in bytes, that one binding can hold. */
  readonly maxTensorBytes: number
  /** Bytes that plans may keep for their next use. */
  readonly planMemory: number
  /** Bytes of features that a training may keep here. */
  readonly featureMemory: number
  readonly #budget: number
  readonly #pipelines: Pipelines
  readonly #live = new Map<GPUBuffer, number>()
  #liveBytes = 0
  /** Those of the `allocate` that is at work. */
  #making: GPUBuffer[] | undefined
  readonly #waits = new Waits()
  /** Submits that are not done, the oldest first. */
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #successor: Successor<Device>
  #disposed = false

  /** @param open opens one like it, for when it is lost. Default: nobody can */
  constructor(gpu: GPUDevice, info: GPUAdapterInfo, options: OpenDeviceOptions = {}, open?: () => Promise<Device>) {
    this.#successor = new Successor(open)
    this.gpu = gpu
    this.info = info
    this.caps = { ...capsOf(gpu, info), ...options.caps }
    this.pace = new Pace(isSoftwareAdapter(info) ? SLOW.software : SLOW.hardware)
    this.maxTensorBytes = Math.min(gpu.limits.maxStorageBufferBindingSize, gpu.limits.maxBufferSize, options.maxTensorBytes ?? Infinity)
    this.#pipelines = new Pipelines(gpu, (made) => this.guard(made))
    this.planMemory = options.planMemory ?? 1024 ** 3
    this.featureMemory = options.featureMemory ?? 1024 ** 3
    this.#budget = options.memoryBudget ?? Infinity
    const { onError } = options
    if (onError) {
      gpu.addEventListener('uncapturederror', (event) => {
        event.preventDefault()
        onError(this.#errorOf('device', event.error))
      })
    }
    void gpu.lost.then(({ message, reason }) => {
      if (!this.#disposed)
        this.#waits.end(new DeviceError('lost', `[device] the device must be alive, got a lost device: ${message || reason}`))
    })
  }

  /** Settles when the device is lost, as WebGPU's own `device.lost`: `reason` is `destroyed` where it was disposed. */
  get lost(): Promise<GPUDeviceLostInfo> {
    return this.gpu.lost
  }

  /** Whether it is lost, or disposed. */
  get isLost(): boolean {
    return this.#waits.ended !== undefined
  }

  /** Whether `reopen` can be asked for: of a device that openDevice gave. */
  get reopens(): boolean {
    return this.#successor.possible
  }

  /**
   * Opens a device as this one was opened, to take its place when it is lost; the same one for all who ask, unless that is lost too. It is
   * disposed with this one.
   * @throws DeviceError as openDevice; `disposed`
   */
  async reopen(): Promise<Device> {
    this.#checkOpen()
    const device = await this.#successor.get()
    this.#checkOpen()
    if (device) return device
    throw new DeviceError('no-adapter', '[device] a device must be of openDevice to be opened again, got one that is not')
  }

  /** WebGPU's limits, those of the adapter for buffers and bindings. */
  get limits(): GPUSupportedLimits {
    return this.gpu.limits
  }

  /** Buffers made here and not yet destroyed, and their bytes. Zero of both after everything is disposed. */
  get live(): { buffers: number; bytes: number } {
    return { buffers: this.#live.size, bytes: this.#liveBytes }
  }

  /**
   * Makes a buffer of at least `bytes`.
   * @throws DeviceError `limit` above the adapter's limits, `out-of-memory` above the memory budget, `lost`/`disposed`.
   */
  createBuffer(label: string, bytes: number, usage: GPUBufferUsageFlags, mappedAtCreation = false): GPUBuffer {
    this.check()
    const size = bufferBytes(bytes)
    const limit = usage & GPUBufferUsage.STORAGE ? this.maxTensorBytes : this.limits.maxBufferSize
    if (size > limit)
      throw new DeviceError('limit', `[${label}] a buffer must fit the adapter's limit of ${limit} bytes, got ${size} bytes`)
    if (this.#liveBytes + size > this.#budget) {
      throw new DeviceError(
        'out-of-memory',
        `[${label}] all buffers must fit the memory budget of ${this.#budget} bytes, got ${this.#liveBytes} in use and ${size} more`,
      )
    }
    const buffer = this.gpu.createBuffer({ label, size, usage, mappedAtCreation })
    this.#live.set(buffer, size)
    this.#liveBytes += size
    this.#making?.push(buffer)
    return buffer
  }

  /** Frees a buffer made by createBuffer; a second call does nothing. */
  destroyBuffer(buffer: GPUBuffer): void {
    const size = this.#live.get(buffer)
    if (size === undefined) return
    this.#live.delete(buffer)
    this.#liveBytes -= size
    buffer.destroy()
  }

  /**
   * Runs `work`, and keeps what WebGPU has against its commands apart: however late such an error comes, `done` throws it and nobody else. The
   * scopes are closed before anything else runs, so those of several callers cannot mix.
   * @returns the value at once, and a promise that settles when the GPU process has seen all commands: rejected with DeviceError `validation`,
   * `out-of-memory`, `internal` or `lost`. Nothing happens where it is left alone.
   */
  scoped<T>(what: string, work: () => T): { value: T; done: Promise<void> } {
    for (const filter of FILTERS) this.gpu.pushErrorScope(filter)
    let value: T
    let done: Promise<void>
    try {
      value = work()
    } finally {
      done = this.#popScopes(what)
      done.catch(() => undefined)
    }
    return { value, done }
  }

  async #popScopes(what: string): Promise<void> {
    const errors = await this.guard(Promise.all(FILTERS.map(() => this.gpu.popErrorScope())))
    const error = errors.find((e) => e !== null)
    if (error) throw this.#errorOf(what, error)
  }

  #errorOf(what: string, error: GPUError): DeviceError {
    if (error instanceof GPUOutOfMemoryError) {
      const text = `the GPU must have room, got out of memory with ${this.#liveBytes} bytes in use: ${error.message}`
      return new DeviceError('out-of-memory', `[${what}] ${text}`)
    }
    const code = error instanceof GPUInternalError ? 'internal' : 'validation'
    return new DeviceError(code, `[${what}] the GPU must accept its commands, got: ${error.message}`)
  }

  /**
   * Runs `make`, which creates buffers, and turns the GPU's own refusal into an error.
   * @throws DeviceError `out-of-memory` or `validation`; every buffer made inside is freed then.
   */
  async allocate<T>(what: string, make: () => T): Promise<T> {
    this.check()
    const made = (this.#making = [] as GPUBuffer[])
    try {
      const { value, done } = this.scoped(what, () => {
        try {
          return make()
        } finally {
          this.#making = undefined
        }
      })
      await done
      return value
    } catch (error) {
      for (const buffer of made) this.destroyBuffer(buffer)
      throw error
    }
  }

  /**
   * A kernel, cached by its final source, that is being compiled or is there already.
   * @param name for labels and messages
   * @param bindings types of group 0, in order
   */
  pipeline(name: string, bindings: readonly GPUBufferBindingType[], source: string): CompiledKernel {
    this.check()
    return this.#pipelines.get(name, bindings, source)
  }

  /** Copies values into a buffer at a byte offset, a multiple of four. They may be changed at once. */
  write(buffer: GPUBuffer, offset: number, data: Float32Array | Uint32Array | Uint16Array | Uint8Array): void {
    const { queue } = this.gpu
    const whole = data.byteLength - (data.byteLength % 4)
    queue.writeBuffer(buffer, offset, data as Float32Array<ArrayBuffer>, 0, whole / data.BYTES_PER_ELEMENT)
    if (whole === data.byteLength) return
    const last = new Uint8Array(4) // WebGPU writes whole words
    last.set(new Uint8Array(data.buffer, data.byteOffset + whole, data.byteLength - whole))
    queue.writeBuffer(buffer, offset + whole, last)
  }

  /**
   * Records commands and submits them. They run after all that was submitted before.
   * @param work what they compute, in the unit of the pace
   * @returns settles when the GPU has done them; rejected as by `scoped`. Nothing happens where it is left alone.
   */
  submit(what: string, work: number, record: (encoder: GPUCommandEncoder) => void): Promise<void> {
    const submittedAt = performance.now()
    const { value: finished, done } = this.scoped(what, () => {
      const encoder = this.gpu.createCommandEncoder({ label: what })
      record(encoder)
      this.gpu.queue.submit([encoder.finish()])
      return this.guard(this.gpu.queue.onSubmittedWorkDone())
    })
    const noted = finished.then(() => this.pace.note(work, submittedAt / 1000, performance.now() / 1000))
    const over: Promise<unknown> = noted.then(
      () => this.#underWay.delete(over),
      () => this.#underWay.delete(over),
    )
    this.#underWay.add(over)
    const all = Promise.all([noted, done]).then(() => undefined)
    all.catch(() => undefined)
    return all
  }

  /** Settles when there is room for one more submit: when no more than two are still under way. @throws DeviceError `lost`, `disposed` */
  async room(): Promise<void> {
    for (const oldest of this.#underWay) {
      if (this.#underWay.size < MOST_UNDER_WAY) break
      await oldest
    }
    this.check()
  }

  /** Resolves when all submitted work is done. */
  async idle(): Promise<void> {
    await this.guard(this.gpu.queue.onSubmittedWorkDone())
    this.check()
  }

  /** Reads `length` f32 values of a buffer from a byte offset on, a multiple of four. */
  async read(buffer: GPUBuffer, length: number, offset = 0): Promise<Float32Array> {
    const staging = this.createBuffer('readback', 4 * length, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST)
    try {
      const done = this.submit('readback', 0, (encoder) => encoder.copyBufferToBuffer(buffer, offset, staging, 0, 4 * length))
      const [values] = await Promise.all([this.readMapped(staging, length), done])
      return values
    } finally {
      this.destroyBuffer(staging)
    }
  }

  /** Maps a staging buffer, copies `length` f32 values out of it and unmaps it. */
  async readMapped(staging: GPUBuffer, length: number): Promise<Float32Array> {
    await this.guard(staging.mapAsync(GPUMapMode.READ, 0, Math.ceil(length / 2) * 8))
    const values = new Float32Array(staging.getMappedRange(0, Math.ceil(length / 2) * 8).slice(0, 4 * length))
    staging.unmap()
    this.check()
    return values
  }

  /** Awaits a GPU promise, or fails with the loss of the device, whichever comes first. */
  guard<T>(promise: Promise<T>): Promise<T> {
    return this.#waits.for(promise)
  }

  /** @throws DeviceError `lost` or `disposed` */
  check(): void {
    this.#checkOpen()
    if (this.#waits.ended) throw this.#waits.ended
  }

  #checkOpen(): void {
    if (this.#disposed) throw new DeviceError('disposed', '[device] the device must be open, got a disposed device')
  }

  /** Destroys the device and every buffer, and what has taken its place. A second call does nothing. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    this.#waits.end(new DeviceError('disposed', '[device] the device must be open, got a device that was disposed meanwhile'))
    for (const buffer of [...this.#live.keys()]) this.destroyBuffer(buffer)
    this.gpu.destroy()
    this.#successor.dispose()
  }

  [disposeKey](): void {
    this.dispose()
  }
}
