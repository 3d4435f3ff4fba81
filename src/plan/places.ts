/** Where parameters are on the device: each in buffers of its own, one for every binding that it takes, or several together in one. */
import type { Device } from '../device/device.ts'
import { bytesOf } from '../dtype.ts'
import { splitRows, type Parameter, type Rows } from '../parameter.ts'
import { strideOf } from './pack.ts'

/** Where a tensor begins. */
export interface Place {
  readonly buffer: GPUBuffer
  /** In bytes. */
  readonly offset: number
}

/** Some rows of a parameter. */
export interface Part extends Place {
  readonly rows: Rows
  readonly bytes: number
}

export class Places {
  readonly #device: Device
  readonly #parts = new Map<Parameter, readonly Part[]>()
  /** What is in each buffer that several have been put into. */
  readonly #together = new Map<GPUBuffer, Set<Parameter>>()
  #moves = 0

  constructor(device: Device) {
    this.#device = device
  }

  /** Counts what comes, goes and moves. */
  get moves(): number {
    return this.#moves
  }

  /** Rows and where they are: one part for all, but where a tensor exceeds a binding. None for a parameter that has no place. */
  partsOf(parameter: Parameter): readonly Part[] {
    return this.#parts.get(parameter) ?? []
  }

  /** Where a parameter is that has been put together with others; undefined for one that has not. */
  placeTogether(parameter: Parameter): Place | undefined {
    const [part] = this.partsOf(parameter)
    return part && this.#together.has(part.buffer) ? part : undefined
  }

  /** Gives a parameter buffers of its own. @throws DeviceError `out-of-memory`, `limit` */
  async add(parameter: Parameter): Promise<void> {
    const rowBytes = bytesOf(parameter) / (parameter.shape[0] ?? 1)
    const parts = await this.#device.allocate(parameter.path, () =>
      splitRows(parameter.shape, this.#device.maxTensorBytes).map((rows): Part => {
        const bytes = (rows[1] - rows[0]) * rowBytes
        return { rows, bytes, offset: 0, buffer: this.#buffer(parameter.path, bytes) }
      }),
    )
    this.#parts.set(parameter, parts)
    this.#moves++
  }

  #buffer(label: string, bytes: number): GPUBuffer {
    return this.#device.createBuffer(label, bytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC)
  }

  /** Frees what a parameter has. */
  remove(parameter: Parameter): void {
    this.#leave(parameter)
    this.#parts.delete(parameter)
  }

  /**
   * Puts parameters of one binding each together, so that one binding can be of several: those of each group behind each other, as `strideOf` says.
   * Groups that are so already stay where they are. One group after the other, so that no more than one is there twice.
   * @throws DeviceError `out-of-memory`; the group at hand, and those after it, have not changed then
   */
  async together(groups: readonly (readonly Parameter[])[]): Promise<void> {
    for (const group of groups) if (!this.#behindEachOther(group)) await this.#gather(group)
  }

  async #gather(group: readonly Parameter[]): Promise<void> {
    const bytes = group.reduce((end, p) => end + strideOf(p), 0)
    const label = `${group[0]!.path} and ${group.length - 1} more`
    const buffer = await this.#device.allocate('plan', () => this.#buffer(label, bytes))
    const { gpu } = this.#device
    const encoder = gpu.createCommandEncoder()
    const moved = this.#copied(encoder, group, buffer)
    gpu.queue.submit([encoder.finish()])
    for (const [parameter, part] of moved) this.#move(parameter, part)
    if (!this.#together.has(buffer)) this.#device.destroyBuffer(buffer) // all were let go of meanwhile
  }

  #behindEachOther(group: readonly Parameter[]): boolean {
    let end: Place | undefined
    return group.every((parameter) => {
      const [part] = this.partsOf(parameter)
      if (!part) return true
      const holds = !end || (end.buffer === part.buffer && end.offset === part.offset)
      end = { buffer: part.buffer, offset: part.offset + strideOf(parameter) }
      return holds
    })
  }

  /** Records the copies of parameters into a buffer. @returns where those are then that have a place */
  #copied(encoder: GPUCommandEncoder, group: readonly Parameter[], buffer: GPUBuffer): (readonly [Parameter, Part])[] {
    let end = 0
    return group.flatMap((parameter) => {
      const offset = end
      end += strideOf(parameter)
      const [part] = this.partsOf(parameter)
      if (!part) return []
      encoder.copyBufferToBuffer(part.buffer, part.offset, buffer, offset, part.bytes)
      return [[parameter, { ...part, buffer, offset }] as const]
    })
  }

  #move(parameter: Parameter, part: Part): void {
    this.#leave(parameter)
    this.#parts.set(parameter, [part])
    const others = this.#together.get(part.buffer)
    if (others) others.add(parameter)
    else this.#together.set(part.buffer, new Set([parameter]))
  }

  /** Frees the buffers that a parameter is in, unless others are in them, too. */
  #leave(parameter: Parameter): void {
    this.#moves++
    for (const { buffer } of this.partsOf(parameter)) {
      const all = this.#together.get(buffer)
      all?.delete(parameter)
      if (all?.size) continue
      this.#together.delete(buffer)
      this.#device.destroyBuffer(buffer)
    }
  }
}
