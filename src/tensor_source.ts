/** Where the values of a weight come from: a file, an initializer, memory. */
import { WeightsError } from './errors.ts'
import { formatShape, sizeOf, type Shape } from './shape.ts'

/** Bytes of weights that have come so far, and all that are to come. See {@link loadModel}. */
export interface UploadProgress {
  /** That have come. */
  readonly loadedBytes: number
  /** That are to come, those that have come included. */
  readonly totalBytes: number
}

export interface TensorSource {
  readonly shape: Shape
  /** Whether all values are 0, which need not be read: memory of a device begins as that. */
  readonly zeros?: boolean
  /** Whether infinities and NaN are what somebody meant, as in a mask. Weights have none. */
  readonly anyNumbers?: boolean
  /** Whether they lie otherwise in the file: in another order, turned round, in parts. */
  readonly converted?: boolean
  /**
   * Elements [begin, end) in row-major order. The result may be a view of memory that the source keeps: treat it as read-only.
   * @throws FileError where a file cannot be read; the signal's reason when aborted.
   */
  read(begin: number, end: number, signal?: AbortSignal): Promise<Float32Array<ArrayBuffer>>
}

/** Row-major coordinates of an element. */
function coordinates(shape: Shape, index: number): number[] {
  const at: number[] = []
  let rest = index
  for (const d of [...shape].reverse()) {
    at.unshift(rest % d)
    rest = Math.floor(rest / d)
  }
  return at
}

/**
 * Looks for a NaN or an infinity in a slice of a weight. Shaders may assume that there are none, so they never reach the GPU.
 * The test is on the bits: an exponent of all ones.
 * @param begin index of the slice's first element within the whole weight
 * @throws WeightsError `not-finite` naming layer, element, coordinates and value
 */
export function checkFinite(parameter: { readonly path: string; readonly shape: Shape }, data: Float32Array, begin: number): void {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length)
  for (let i = 0; i < bits.length; i++) {
    if ((bits[i]! & 0x7f800000) !== 0x7f800000) continue
    const element = begin + i
    const where = `element ${element} of ${sizeOf(parameter.shape)}, at ${formatShape(coordinates(parameter.shape, element))} of ${formatShape(parameter.shape)}`
    throw new WeightsError(
      'not-finite',
      parameter.path,
      `weights must be finite (the training that saved them went astray: take an earlier checkpoint), got ${data[i]} (${where})`,
    )
  }
}
