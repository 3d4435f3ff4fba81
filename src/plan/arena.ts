/**
 * Buffers that all plans of a device share. Nothing in them outlives a run, and runs follow each other, so a slot is as large as its largest
 * user needs it and not the sum of them.
 */
import { bufferBytes, type Device } from '../device/device.ts'

/** What one plan needs: bytes of each slot, 0 where it does not use it. */
export interface Lease {
  readonly slotBytes: readonly number[]
}

export class Arena {
  readonly #device: Device
  readonly #leases = new Set<Lease>()
  readonly #buffers = new Map<number, GPUBuffer>()
  #slotBytes: number[] = []
  #version = 0

  constructor(device: Device) {
    this.#device = device
  }

  /** Bytes that each slot must have, for the largest of its users. */
  get slotBytes(): readonly number[] {
    return this.#slotBytes
  }

  /** Bytes of all slots. */
  get bytes(): number {
    return this.#slotBytes.reduce((sum, b) => sum + b, 0)
  }

  /** Another number after every change of a buffer: bind groups that were made before may be of no use. */
  get version(): number {
    return this.#version
  }

  /** Counts a plan in. Its buffers are made when it is made ready. */
  lease(slotBytes: readonly number[]): Lease {
    const lease = { slotBytes: slotBytes.map((bytes) => bytes && bufferBytes(bytes)) }
    this.#leases.add(lease)
    this.#measure()
    return lease
  }

  /** Counts a plan out. Slots that nobody uses any more are freed at once; those that are too large now, when the arena is trimmed. */
  release(lease: Lease): void {
    this.#leases.delete(lease)
    this.#measure()
    for (const slot of this.#buffers.keys()) if (!this.#slotBytes[slot]) this.#free(slot)
  }

  /** Frees buffers that are larger than their users need. Only between runs: what they held is lost. */
  trim(): void {
    for (const [slot, { size }] of this.#buffers) if (size > this.#slotBytes[slot]!) this.#free(slot)
  }

  #measure(): void {
    const needs = [...this.#leases].map((l) => l.slotBytes)
    const slots = Math.max(0, ...needs.map((n) => n.length))
    this.#slotBytes = Array.from({ length: slots }, (_, slot) => Math.max(0, ...needs.map((n) => n[slot] ?? 0)))
  }

  #free(slot: number): void {
    const buffer = this.#buffers.get(slot)
    if (!buffer) return
    this.#device.destroyBuffer(buffer)
    this.#buffers.delete(slot)
    this.#version++
  }

  /**
   * Makes the buffers of a lease that are missing or too small. Only between runs: what they held is lost.
   * @throws DeviceError `out-of-memory`, `limit`
   */
  async ready({ slotBytes }: Lease): Promise<void> {
    const stale = slotBytes.flatMap((bytes, slot) => (bytes > (this.#buffers.get(slot)?.size ?? 0) ? [slot] : []))
    if (!stale.length) return
    for (const slot of stale) this.#free(slot) // first: there might be no room for both
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
    const made = await this.#device.allocate('plan', () =>
      stale.map((slot) => this.#device.createBuffer(`slot ${slot}`, this.#slotBytes[slot]!, usage)),
    )
    stale.forEach((slot, i) => this.#buffers.set(slot, made[i]!))
    this.#version++
  }

  /** The buffer of a slot that was made ready. */
  buffer(slot: number): GPUBuffer {
    return this.#buffers.get(slot)!
  }
}
