/** Thaw for Node: everything that browsers have, and an adapter, files and pictures. */
import { openDevice as openWith, type Device, type OpenDeviceOptions } from './device/device.ts'
import { nodeGpu } from './node/adapter.ts'

export * from './index.ts'
export { type AdapterChoice } from './node/adapter.ts'
export { fileSource } from './node/file.ts'
export { cacheFolder, fetchPackage, type FetchOptions, type PinnedPackage } from './node/package.ts'
export { decodePng } from './node/png.ts'

/**
 * Opens a device on the adapter that THAW_ADAPTER names (auto, hardware, lavapipe, swiftshader), by default the best there is.
 * @throws DeviceError `no-adapter`, ArgumentError
 */
export async function openDevice(options: OpenDeviceOptions = {}): Promise<Device> {
  return openWith({ ...options, gpu: options.gpu ?? (await nodeGpu()) })
}
