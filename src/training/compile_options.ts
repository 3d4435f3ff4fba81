/** What `compile` and `moveTo` are told. */
import type { Device } from '../device/device.ts'
import { described, isRecord } from '../described.ts'
import { ArgumentError } from '../errors.ts'
import type { UploadProgress } from '../tensor_source.ts'
import type { CriteriaOptions } from './criteria.ts'
import type { OptimizerConfig, OptimizerName } from './optimizers/given.ts'
import type { Optimizer } from './optimizers/optimizer.ts'

/** Options of `compile`: the device, and what training needs. See {@link Model}. */
export interface CompileOptions extends CriteriaOptions {
  /** Where the model runs; what `openDevice` gives. */
  device: Device
  /** Needed for fit: an optimizer, the name of one for that with its defaults, a config of Keras, or
   * `saved`: that of the file that `loadModel` read, with its state, so that training goes on where Keras, or this, left it. */
  optimizer?: Optimizer | OptimizerName | OptimizerConfig | 'saved'
  /** Compiles the kernels of a prediction with this batch size, a positive whole number, while the weights stream in. Default: none. */
  warmUpBatch?: number
  /** Ends the loading of weights with its reason; nothing of this call stays on the device. */
  signal?: AbortSignal
  /** How many bytes of the weights are on the device. */
  onProgress?: (progress: UploadProgress) => void
}

/** Options of `moveTo`. See {@link DeviceError}. */
export type MoveOptions = Pick<CompileOptions, 'signal' | 'onProgress'>

/** What `checkOptions` takes for CompileOptions. */
export const COMPILE_OPTIONS = {
  device: 'any',
  optimizer: 'any',
  loss: 'any',
  lossWeights: 'any',
  metrics: 'any',
  weightedMetrics: 'any',
  warmUpBatch: 'positive whole number',
  signal: 'AbortSignal',
  onProgress: 'function',
} as const

/** @throws ArgumentError */
export function checkDevice(where: string, device: Device): void {
  if (!isRecord(device) || typeof device['createBuffer'] !== 'function')
    throw new ArgumentError(where, `device must be what openDevice() gave, got ${described(device)}`)
}
