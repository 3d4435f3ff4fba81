/** An engine device for tests, on the process's one adapter. Stray GPU errors and leaked buffers fail the file. */
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { Device } from '../../src/device/device.ts'
import { openDevice } from '../../src/device/device.ts'
import type { OpenDeviceOptions } from '../../src/device/device_options.ts'
import { openGpu } from './gpu.ts'

/** Opens a device before the file's tests; afterwards no buffer may be left. Returns a getter. */
export function useDevice(options: OpenDeviceOptions = {}): () => Device {
  let device: Device | undefined
  const stray: string[] = []
  beforeAll(async () => {
    device = await openDevice({ gpu: await openGpu(), onError: (error) => stray.push(error.message), ...options })
  })
  afterEach(async () => {
    await device?.idle()
    expect(stray.splice(0), 'GPU errors nobody caught').toEqual([])
  })
  afterAll(() => {
    const left = device?.live.buffers
    device?.dispose()
    expect(left, 'buffers left').toBe(0)
  })
  return () => device!
}
