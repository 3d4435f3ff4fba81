/**
 * Checks inputs and brings them to the device. Small ones are written by the queue. For large ones that makes WebGPU find new memory every
 * time, which takes longer than the copy: they go through staging buffers that are used again, one for each run that is under way.
 */
import { bufferBytes, type Device } from '../device/device.ts'
import { bytesOf, type DType } from '../dtype.ts'
import { ArgumentError, ShapeError } from '../errors.ts'
import type { InputNode } from '../graph/graph.ts'
import { sizeOf } from '../shape.ts'
import type { PlaceOf } from './dispatches.ts'

/** Values in the host's memory. */
export type HostValues = Float32Array | Uint32Array | Uint16Array | Uint8Array

/** Values that are on the device already: the first bytes of a buffer that can be copied from. */
export class DeviceValues {
  readonly buffer: GPUBuffer
  /** How many there are. */
  readonly length: number

  constructor(buffer: GPUBuffer, length: number) {
    this.buffer = buffer
    this.length = length
  }
}

export type PlanInputs = Readonly<Record<string, HostValues | DeviceValues>>

/** What an input's values are in. */
const ARRAYS: Readonly<Record<DType, string>> = { f32: 'Float32Array', f16: 'Uint16Array', u32: 'Uint32Array', u8: 'Uint8Array' }

/** Bytes from which on an input is large. */
const LARGE = 1024 * 1024

/** Where mapped ranges may begin. */
const MAP_ALIGN = 8

export class Inputs {
  readonly #device: Device
  readonly #nodes: ReadonlyMap<string, InputNode>
  /** Large inputs and where they are in a staging buffer, in bytes. */
  readonly #offsets = new Map<InputNode, number>()
  #bytes = 0
  /** Mapped, to be written. */
  readonly #free: GPUBuffer[] = []
  readonly #all = new Set<GPUBuffer>()

  constructor(device: Device, nodes: readonly InputNode[]) {
    this.#device = device
    this.#nodes = new Map(nodes.map((n) => [n.name, n]))
    for (const n of nodes) {
      if (bytesOf(n) < LARGE) continue
      this.#offsets.set(n, this.#bytes)
      this.#bytes += Math.ceil(bytesOf(n) / MAP_ALIGN) * MAP_ALIGN
    }
  }

  /** @throws ShapeError for an input that is missing or of another length, ArgumentError for one of another type or that there is not */
  check(inputs: PlanInputs): void {
    for (const { name, shape, dtype } of this.#nodes.values()) {
      const data = inputs[name]
      if (data?.length !== sizeOf(shape)) {
        throw new ShapeError('plan', `input ${name} must have ${sizeOf(shape)} values, got ${data?.length ?? 'none'}`)
      }
      if (!(data instanceof DeviceValues) && data[Symbol.toStringTag] !== ARRAYS[dtype]) {
        throw new ArgumentError('plan', `input ${name} of type ${dtype} must be a ${ARRAYS[dtype]}, got a ${data[Symbol.toStringTag]}`)
      }
    }
    const unknown = Object.keys(inputs).find((name) => !this.#nodes.has(name))
    if (unknown !== undefined)
      throw new ArgumentError('plan', `an input must be one of ${[...this.#nodes.keys()].join(', ')}, got ${unknown}`)
  }

  /**
   * Takes the values, which may be changed then, and records what brings the large ones to their buffers.
   * @returns the staging buffer, to be given back when the commands are submitted; undefined where none is needed
   */
  write(encoder: GPUCommandEncoder, inputs: PlanInputs, placeOf: PlaceOf): GPUBuffer | undefined {
    const large: [node: InputNode, offset: number, values: HostValues][] = []
    for (const n of this.#nodes.values()) {
      const values = inputs[n.name]!
      const { buffer, offset } = placeOf(n)
      if (values instanceof DeviceValues) encoder.copyBufferToBuffer(values.buffer, 0, buffer, offset, bytesOf(n))
      else if (this.#offsets.has(n)) large.push([n, this.#offsets.get(n)!, values])
      else this.#device.write(buffer, offset, values)
    }
    if (!large.length) return undefined
    const staging = this.#free.pop() ?? this.#make()
    for (const [n, offset, { buffer, byteOffset, byteLength }] of large) {
      new Uint8Array(staging.getMappedRange(offset, bytesOf(n))).set(new Uint8Array(buffer, byteOffset, byteLength))
      const to = placeOf(n)
      encoder.copyBufferToBuffer(staging, offset, to.buffer, to.offset, bytesOf(n))
    }
    staging.unmap()
    return staging
  }

  #make(): GPUBuffer {
    const staging = this.#device.createBuffer('upload', this.#bytes, GPUBufferUsage.MAP_WRITE | GPUBufferUsage.COPY_SRC, true)
    this.#all.add(staging)
    return staging
  }

  /** Takes a staging buffer back, to be used again when the GPU has read it. */
  recycle(staging: GPUBuffer | undefined): void {
    if (!staging) return
    this.#device.guard(staging.mapAsync(GPUMapMode.WRITE)).then(
      () => this.#free.push(staging),
      () => this.#destroy(staging), // the plan is disposed, or the device lost
    )
  }

  /** Bytes of all staging buffers. */
  get bytes(): number {
    return this.#all.size * bufferBytes(this.#bytes)
  }

  #destroy(staging: GPUBuffer): void {
    this.#all.delete(staging)
    this.#device.destroyBuffer(staging)
  }

  dispose(): void {
    for (const staging of this.#all) this.#destroy(staging)
  }
}
