/** What goes to the GPU. */
import { vi } from 'vitest'
import type { Device } from '../../src/device/device.ts'

/** Bytes that a job has the queue write, and those of each write. */
export async function writtenBy(device: Device, job: () => Promise<unknown>): Promise<{ bytes: number; writes: number[] }> {
  const spy = vi.spyOn(device.gpu.queue, 'writeBuffer')
  try {
    await job()
    const writes = spy.mock.calls.map(([, , data, , size]) => {
      const { byteLength, BYTES_PER_ELEMENT } = data as Uint8Array
      return size === undefined ? byteLength : size * BYTES_PER_ELEMENT
    })
    return { bytes: writes.reduce((sum, n) => sum + n, 0), writes }
  } finally {
    spy.mockRestore()
  }
}
