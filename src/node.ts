/** Thaw for Node: everything that browsers have, and an adapter, files and pictures. */
import { openDevice as openWith, type Device, type OpenDeviceOptions } from './device/device.ts'
import { ArgumentError } from './errors.ts'
import { nodeGpu, type AdapterChoice } from './node/adapter.ts'

export * from './index.ts'
export { availableAdapters, type AdapterChoice, type AvailableAdapter } from './node/adapter.ts'
export { fileSource, type FileSource } from './node/file.ts'
export { cacheFolder, fetchPackage, type FetchOptions, type PinnedPackage } from './node/package.ts'
export { decodePng, readImage } from './node/png.ts'

export interface NodeDeviceOptions extends OpenDeviceOptions {
  /**
   * `auto` (hardware, else lavapipe, else the embedded SwiftShader) or one of them. Default: the environment's THAW_ADAPTER, else
   * `auto`. Not together with `gpu`.
   */
  adapter?: AdapterChoice
}

/**
 * Opens a device on an adapter of this machine.
 * @throws DeviceError `no-adapter` where the chosen one is not there, `no-webgpu` without the package webgpu; ArgumentError
 */
export async function openDevice({ adapter, ...options }: NodeDeviceOptions = {}): Promise<Device> {
  if (adapter && options.gpu)
    throw new ArgumentError('device', `adapter must not be given together with gpu, got adapter ${adapter} and a gpu`)
  return openWith({ ...options, gpu: options.gpu ?? (await nodeGpu(adapter)) })
}
