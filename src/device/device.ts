/**
 * The one place that talks to a GPUDevice: adapter and limits, buffers that are counted, pipelines cached by their final source,
 * uploads and readbacks that never hang when the device is lost.
 */
import type { Caps } from '../caps.ts'
import { disposeKey } from '../dispose.ts'
import { DeviceError } from '../errors.ts'
import { compilePipeline, type CompiledKernel } from './pipeline.ts'

export interface OpenDeviceOptions {
  /** Where to look for an adapter. Default: `navigator.gpu`; the Node entry supplies Dawn. */
  gpu?: GPU
  powerPreference?: GPUPowerPreference
  /** Facts that kernels are chosen by, where they shall differ from the adapter's own: `{ software: false }` takes the kernels for GPUs. */
  caps?: Partial<Caps>
  /** Upper bound in bytes for all buffers together. Default: none but the adapter's own. */
  memoryBudget?: number
  /** Largest tensor in bytes for one binding, to behave like an adapter with smaller limits. Default: the adapter's limit. */
  maxTensorBytes?: number
}

/** Bytes that a buffer binding or size is rounded up to. */
const ALIGN = 16

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render|warp/i

export function isSoftwareAdapter(info: GPUAdapterInfo): boolean {
  return info.isFallbackAdapter || SOFTWARE.test(`${info.description} ${info.device} ${info.architecture}`)
}

/** One line for people: `SwiftShader Device (LLVM 16.0.0), software`. */
export function adapterLabel(info: GPUAdapterInfo): string {
  const name = info.description || info.device || [info.vendor, info.architecture].filter(Boolean).join(' ') || 'unnamed adapter'
  return `${name}, ${isSoftwareAdapter(info) ? 'software' : 'hardware'}`
}

/**
 * Opens a WebGPU device with the adapter's own limits for buffers and bindings.
 * @throws DeviceError `no-webgpu` where the platform has none, `no-adapter` where it finds no adapter.
 */
export async function openDevice(options: OpenDeviceOptions = {}): Promise<Device> {
  const gpu = options.gpu ?? (globalThis.navigator as Navigator | undefined)?.gpu
  if (!gpu) {
    throw new DeviceError(
      'no-webgpu',
      '[device] WebGPU must be available, got no navigator.gpu (an old browser, a page that is not https, or Node without the node entry)',
    )
  }
  const adapter = await gpu.requestAdapter(options.powerPreference ? { powerPreference: options.powerPreference } : undefined)
  if (!adapter) {
    throw new DeviceError(
      'no-adapter',
      '[device] an adapter must be found, got none from requestAdapter (in headless Chrome pass --enable-unsafe-webgpu)',
    )
  }
  const { maxStorageBufferBindingSize, maxBufferSize, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupStorageSize } = adapter.limits
  const device = await adapter.requestDevice({
    label: 'thaw',
    requiredFeatures: FEATURES.filter((f) => adapter.features.has(f)),
    requiredLimits: { maxStorageBufferBindingSize, maxBufferSize, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupStorageSize },
  })
  return new Device(device, adapter.info, options)
}

/** Features that kernels may use, where the adapter has them. */
const FEATURES: readonly GPUFeatureName[] = ['shader-f16', 'subgroups']

function capsOf(gpu: GPUDevice, info: GPUAdapterInfo): Caps {
  return {
    software: isSoftwareAdapter(info),
    f16: gpu.features.has('shader-f16'),
    subgroups: gpu.features.has('subgroups') ? { min: info.subgroupMinSize, max: info.subgroupMaxSize } : undefined,
    workgroupBytes: gpu.limits.maxComputeWorkgroupStorageSize,
    invocations: gpu.limits.maxComputeInvocationsPerWorkgroup,
  }
}

export class Device {
  readonly gpu: GPUDevice
  readonly info: GPUAdapterInfo
  /** What kernels are chosen by. */
  readonly caps: Caps
  /** FLOP/s that the adapter surely reaches; bounds how much work goes into one dispatch and one submit. */
  readonly assumedFlops: number
  /** Largest tensor, in bytes, that one binding can hold. */
  readonly maxTensorBytes: number
  readonly #budget: number
  readonly #pipelines = new Map<string, Promise<CompiledKernel>>()
  readonly #live = new Map<GPUBuffer, number>()
  #liveBytes = 0
  #fault: DeviceError | undefined
  readonly #lost: Promise<never>
  #disposed = false

  constructor(gpu: GPUDevice, info: GPUAdapterInfo, options: OpenDeviceOptions = {}) {
    this.gpu = gpu
    this.info = info
    this.caps = { ...capsOf(gpu, info), ...options.caps }
    this.assumedFlops = isSoftwareAdapter(info) ? 2e9 : 5e11
    this.maxTensorBytes = Math.min(gpu.limits.maxStorageBufferBindingSize, gpu.limits.maxBufferSize, options.maxTensorBytes ?? Infinity)
    this.#budget = options.memoryBudget ?? Infinity
    gpu.addEventListener('uncapturederror', (event) => {
      this.#fault ??= new DeviceError('validation', `[device] WebGPU reported an error: ${event.error.message}`)
    })
    this.#lost = gpu.lost.then((lost) => {
      const why = this.#disposed ? 'it was disposed' : lost.message || lost.reason
      throw (this.#fault = new DeviceError(
        this.#disposed ? 'disposed' : 'lost',
        `[device] the device must be alive, got a lost device: ${why}`,
      ))
    })
    this.#lost.catch(() => undefined)
  }

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
  createBuffer(label: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    this.check()
    const size = Math.max(ALIGN, Math.ceil(bytes / ALIGN) * ALIGN)
    const limit = usage & GPUBufferUsage.STORAGE ? this.maxTensorBytes : this.limits.maxBufferSize
    if (size > limit)
      throw new DeviceError('limit', `[${label}] a buffer must fit the adapter's limit of ${limit} bytes, got ${size} bytes`)
    if (this.#liveBytes + size > this.#budget) {
      throw new DeviceError(
        'out-of-memory',
        `[${label}] all buffers must fit the memory budget of ${this.#budget} bytes, got ${this.#liveBytes} in use and ${size} more`,
      )
    }
    const buffer = this.gpu.createBuffer({ label, size, usage })
    this.#live.set(buffer, size)
    this.#liveBytes += size
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
   * Runs `make`, which creates buffers, and turns the GPU's own refusal into an error.
   * @throws DeviceError `out-of-memory` or `validation`; every buffer made inside is freed then.
   */
  async allocate<T>(what: string, make: () => T): Promise<T> {
    this.check()
    const before = new Set(this.#live.keys())
    this.gpu.pushErrorScope('validation')
    this.gpu.pushErrorScope('out-of-memory')
    let made: T | undefined
    let thrown: unknown
    try {
      made = make()
    } catch (error) {
      thrown = error
    }
    const fresh = [...this.#live.keys()].filter((b) => !before.has(b)) // now: others may make some meanwhile
    const memory = await this.guard(this.gpu.popErrorScope())
    const validation = await this.guard(this.gpu.popErrorScope())
    if (!thrown && !memory && !validation) return made as T
    const { bytes } = this.live
    for (const buffer of fresh) this.destroyBuffer(buffer)
    if (thrown) throw thrown as Error
    if (memory)
      throw new DeviceError(
        'out-of-memory',
        `[${what}] the GPU must have room, got out of memory with ${bytes} bytes in use: ${memory.message}`,
      )
    throw new DeviceError('validation', `[${what}] ${validation!.message}`)
  }

  /**
   * A compiled kernel, cached by its final source.
   * @param name for labels and messages
   * @param bindings types of group 0, in order
   * @throws DeviceError `shader` with the compiler's messages
   */
  pipeline(name: string, bindings: readonly GPUBufferBindingType[], source: string): Promise<CompiledKernel> {
    this.check()
    let compiled = this.#pipelines.get(source)
    if (!compiled) {
      compiled = compilePipeline(this.gpu, name, bindings, source)
      this.#pipelines.set(source, compiled)
      compiled.catch(() => this.#pipelines.delete(source))
    }
    return this.guard(compiled)
  }

  /** Copies f32 or u32 values into a buffer at a byte offset. */
  write(buffer: GPUBuffer, offset: number, data: Float32Array | Uint32Array): void {
    this.gpu.queue.writeBuffer(buffer, offset, data as Float32Array<ArrayBuffer>)
  }

  /** Resolves when all submitted work is done. */
  async idle(): Promise<void> {
    await this.guard(this.gpu.queue.onSubmittedWorkDone())
    this.check()
  }

  /** Reads `length` f32 values from the start of a buffer. */
  async read(buffer: GPUBuffer, length: number): Promise<Float32Array> {
    const staging = this.createBuffer('readback', 4 * length, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST)
    try {
      const encoder = this.gpu.createCommandEncoder()
      encoder.copyBufferToBuffer(buffer, 0, staging, 0, 4 * length)
      this.gpu.queue.submit([encoder.finish()])
      return await this.readMapped(staging, length)
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
  async guard<T>(promise: Promise<T>): Promise<T> {
    try {
      return await Promise.race([promise, this.#lost])
    } catch (error) {
      // After a loss WebGPU reports other errors, even out-of-memory: the loss is the cause.
      await Promise.race([this.#lost, new Promise((resolve) => setTimeout(resolve, 0))])
      throw error
    }
  }

  /** @throws DeviceError when the device is lost or disposed, or WebGPU reported an error since the last check. */
  check(): void {
    if (this.#disposed) throw new DeviceError('disposed', '[device] the device must be open, got a disposed device')
    const fault = this.#fault
    if (!fault) return
    if (fault.code !== 'lost') this.#fault = undefined
    throw fault
  }

  /** Destroys the device and every buffer. A second call does nothing. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    for (const buffer of [...this.#live.keys()]) this.destroyBuffer(buffer)
    this.gpu.destroy()
  }

  [disposeKey](): void {
    this.dispose()
  }
}
