/**
 * Every error that Thaw throws on purpose. Each has a `code` for programs and a message for people: the op or layer in
 * brackets, the rule, and both values, as in
 * `[conv2d] input channels must match the kernel, got x [1,224,224,3] and w [3,3,4,64]`.
 */

/**
 * Base of all Thaw errors. `code` and `name` are stable, `name` in minified code too; the message is for people.
 * @example
 * await loadModel('nothing.keras').catch((error: ThawError) => error.code) // "not-found"
 */
export class ThawError extends Error {
  static {
    this.prototype.name = 'ThawError' // whatever a minifier calls the class
  }

  /** For programs: of each class of errors its own, stable. */
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * A tensor, image or label has the wrong shape, rank, channels or size.
 * @example
 * await model.predict(tensor([1, 2, 3], [1, 3])).catch((error) => error instanceof ShapeError) // true
 */
export class ShapeError extends ThawError {
  static {
    this.prototype.name = 'ShapeError' // whatever a minifier calls the class
  }

  constructor(where: string, rule: string, options?: ErrorOptions) {
    super('shape', `[${where}] ${rule}`, options)
  }
}

/**
 * An option or argument is unknown, unsupported or out of its range.
 * @example
 * await model.predict(x, { batchSize: 0 }).catch((error) => error instanceof ArgumentError) // true
 */
export class ArgumentError extends ThawError {
  static {
    this.prototype.name = 'ArgumentError' // whatever a minifier calls the class
  }

  constructor(where: string, rule: string, options?: ErrorOptions) {
    super('argument', `[${where}] ${rule}`, options)
  }
}

/**
 * Data handed to fit, evaluate or predict cannot be used: empty, label out of range, counts that differ.
 * @example
 * await model.fit({ x, y: [0, 1, 2, 0, 1, 3] }).catch((error) => error instanceof DataError) // true
 */
export class DataError extends ThawError {
  static {
    this.prototype.name = 'DataError' // whatever a minifier calls the class
  }

  constructor(where: string, rule: string, options?: ErrorOptions) {
    super('data', `[${where}] ${rule}`, options)
  }
}

/** How weights do not fit their network. See {@link WeightsError}. */
export type WeightsErrorCode = 'missing-layer' | 'weight-shape' | 'weight-count' | 'not-finite' | 'layer-count'

/**
 * A weight file does not fit the network: missing layer, wrong shape, NaN.
 * @example
 * const other = sequential([layers.input({ shape: [4] }), layers.dense({ units: 2, name: 'scores' })])
 * await other.loadWeights('model.weights.h5').catch((error: WeightsError) => error.code) // "missing-layer"
 */
export class WeightsError extends ThawError {
  static {
    this.prototype.name = 'WeightsError' // whatever a minifier calls the class
  }

  constructor(code: WeightsErrorCode, where: string, rule: string, options?: ErrorOptions) {
    super(code, `[${where}] ${rule}`, options)
  }
}

/** What is wrong with a file. See {@link FileError}. */
export type FileErrorCode = 'truncated' | 'not-hdf5' | 'unsupported' | 'corrupt' | 'not-found' | 'http' | 'not-keras' | 'integrity'

/**
 * A file cannot be read. `offset` is the byte in the file, `path` the HDF5 object, where known.
 * @example
 * await loadModel(new Blob(['<html>'])).catch((error: FileError) => error.code) // "not-hdf5"
 */
export class FileError extends ThawError {
  static {
    this.prototype.name = 'FileError' // whatever a minifier calls the class
  }

  /** Of the byte in the file, where known. */
  readonly offset: number | undefined
  /** Of the object in the HDF5 file, where known. */
  readonly path: string | undefined
  constructor(code: FileErrorCode, message: string, at: { offset?: number; path?: string } = {}, options?: ErrorOptions) {
    super(code, message, options)
    this.offset = at.offset
    this.path = at.path
  }
}

/** What is wrong with the GPU. See {@link DeviceError}. */
export type DeviceErrorCode =
  'no-webgpu' | 'no-adapter' | 'limit' | 'out-of-memory' | 'lost' | 'shader' | 'validation' | 'internal' | 'disposed'

/**
 * The GPU: none there, a limit exceeded, memory used up, device lost, a shader that does not compile, commands that it or its driver refuses.
 * @example
 * using small = await openDevice({ memoryBudget: 64 }) // bytes
 * await model.moveTo(small).catch((error: DeviceError) => error.code) // "out-of-memory"
 */
export class DeviceError extends ThawError {
  static {
    this.prototype.name = 'DeviceError' // whatever a minifier calls the class
  }

  constructor(code: DeviceErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}

/**
 * Whether an error says that there was no room on the device.
 * @example
 * const scores = await model.predict(x, { batchSize: 64 }).catch((error: unknown) => {
 *   if (!isOutOfMemory(error)) throw error
 *   return model.predict(x, { batchSize: 1 })
 * })
 */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof DeviceError && error.code === 'out-of-memory'
}
