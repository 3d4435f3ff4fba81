/** A device of stubs: as much of a GPUDevice as being opened, waited for and lost needs. */
import { Device } from '../../src/device/device.ts'

export function stubDevice(): { device: Device; lose: (message: string) => void } {
  let lose: (info: { reason: string; message: string }) => void
  const lost = new Promise((resolve) => (lose = resolve))
  const gpu = { features: new Set(), limits: {}, lost, addEventListener: () => undefined, destroy: () => undefined }
  const device = new Device(gpu as unknown as GPUDevice, { description: 'stub' } as GPUAdapterInfo)
  return { device, lose: (message) => lose({ reason: 'unknown', message }) }
}
