/** How a device is opened. */
import type { Caps } from '../caps.ts'
import type { DeviceError } from '../errors.ts'

/** Options of {@link openDevice}. */
export interface OpenDeviceOptions {
  /** Where to look for an adapter. Default: `navigator.gpu`; the Node entry supplies Dawn. */
  gpu?: GPU
  /** Which adapter where there are several, as WebGPU has it. Default: the platform's own choice. */
  powerPreference?: GPUPowerPreference
  /** Facts that kernels are chosen by, where they shall differ from the adapter's own: `{ software: false }` takes the kernels for GPUs. */
  caps?: Partial<Caps>
  /** Upper bound in bytes for all buffers together. Default: none but the adapter's own. */
  memoryBudget?: number
  /**
   * Bytes that the plans of all models may keep for their next use, weights left out: beyond that the least recently used are dropped, but never
   * the last one. Default 1 GiB.
   */
  planMemory?: number
  /**
   * Bytes of features, with the targets, that one `fit` may keep on the device instead of in the host's memory, as long as each tensor of them
   * fits a binding. Default 1 GiB.
   */
  featureMemory?: number
  /** Largest tensor in bytes for one binding, to behave like an adapter with smaller limits. Default: the adapter's limit. */
  maxTensorBytes?: number
  /**
   * Told once of every GPU error that no call to Thaw is to blame for: of work that the page itself gives to `device.gpu`. Default: none, and
   * the platform shows it on its console.
   */
  onError?: (error: DeviceError) => void
}
