/** Brings outputs to the host, through staging buffers that are used again: one for each run that is under way. */
import { bufferBytes, type Device } from '../device/device.ts'
import { bytesOf } from '../dtype.ts'
import { ArgumentError, DeviceError } from '../errors.ts'
import type { Node } from '../graph/graph.ts'
import { sizeOf } from '../shape.ts'
import type { PlaceOf } from './dispatches.ts'

/** Of type f32; what is u32 on the device comes as the same bytes. */
export type PlanOutputs = Record<string, Float32Array>

/** Where mapped ranges may begin. */
const MAP_ALIGN = 8

interface Place {
  readonly node: Node
  /** Within a staging buffer, in bytes. */
  readonly offset: number
}

export class Readback {
  readonly #device: Device
  readonly #places = new Map<string, Place>()
  #bytes = 0
  readonly #free: GPUBuffer[] = []
  readonly #all = new Set<GPUBuffer>()
  #disposed = false

  constructor(device: Device, outputs: ReadonlyMap<string, Node>) {
    this.#device = device
    for (const [name, node] of outputs) {
      if (node.dtype !== 'f32' && node.dtype !== 'u32')
        throw new ArgumentError('plan', `an output must be of type f32 or u32, got ${name} of type ${node.dtype}`)
      this.#places.set(name, { node, offset: this.#bytes })
      this.#bytes += Math.ceil(bytesOf(node) / MAP_ALIGN) * MAP_ALIGN
    }
  }

  /** Names of all outputs. */
  get names(): string[] {
    return [...this.#places.keys()]
  }

  /** @throws ArgumentError for an output that there is not */
  check(names: readonly string[]): void {
    const unknown = names.find((name) => !this.#places.has(name))
    if (unknown !== undefined) throw new ArgumentError('plan', `an output must be one of ${this.names.join(', ')}, got ${unknown}`)
  }

  /** Records the copies of some outputs. @returns what `values` needs to read them; undefined where there are none */
  copy(encoder: GPUCommandEncoder, names: readonly string[], placeOf: PlaceOf): GPUBuffer | undefined {
    if (!names.length) return undefined
    let staging = this.#free.pop()
    if (!staging) {
      staging = this.#device.createBuffer('readback', this.#bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST)
      this.#all.add(staging)
    }
    for (const name of names) {
      const { node, offset } = this.#places.get(name)!
      const from = placeOf(node)
      encoder.copyBufferToBuffer(from.buffer, from.offset, staging, offset, bytesOf(node))
    }
    return staging
  }

  /**
   * The outputs, when the GPU has copied them.
   * @param done of the submit that copies them
   */
  async values(names: readonly string[], staging: GPUBuffer | undefined, done: Promise<void>): Promise<PlanOutputs> {
    if (!staging) {
      await done
      return {}
    }
    try {
      await Promise.all([this.#device.guard(staging.mapAsync(GPUMapMode.READ)), done])
      const values: PlanOutputs = {}
      for (const name of names) {
        const { node, offset } = this.#places.get(name)!
        values[name] = new Float32Array(staging.getMappedRange(offset, bytesOf(node)).slice(0, 4 * sizeOf(node.shape)))
      }
      staging.unmap()
      this.#free.push(staging)
      return values
    } catch (error) {
      this.#destroy(staging)
      if (this.#disposed)
        throw new DeviceError('disposed', '[plan] a plan must be open until its outputs are read, got one that was disposed')
      throw error
    }
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
    this.#disposed = true
    for (const staging of this.#all) this.#destroy(staging)
  }
}
