/** Plain arrays with a shape: what goes into a model and comes out of it. */
import { ShapeError } from './errors.ts'
import { isRecord } from './described.ts'
import { formatShape, sizeOf, type Shape } from './shape.ts'

/**
 * Row-major values. Images are [N,H,W,C] with 0..255 in a Uint8Array, which goes to the device as it is, or any floats; the first axis counts
 * samples.
 */
export interface Tensor {
  readonly shape: Shape
  readonly data: Float32Array | Uint8Array
}

/** The same bytes as an array of the type that tensors have; anything else as it is. */
export function unclamped<T>(data: T): T | Uint8Array {
  return data instanceof Uint8ClampedArray ? new Uint8Array(data.buffer, data.byteOffset, data.length) : data
}

/** A tensor over existing values, which are not copied. @throws ShapeError when the counts differ. */
export function tensor(data: Float32Array | Uint8Array | Uint8ClampedArray | readonly number[], shape: Shape): Tensor {
  const given = unclamped(data)
  const values = given instanceof Float32Array || given instanceof Uint8Array ? given : Float32Array.from(given)
  if (values.length !== sizeOf(shape)) {
    throw new ShapeError('tensor', `data must have ${sizeOf(shape)} values for shape ${formatShape(shape)}, got ${values.length}`)
  }
  return { shape, data: values }
}

/** Whether something has what a tensor has. */
export function isTensor(value: unknown): value is Tensor {
  return isRecord(value) && Array.isArray(value['shape']) && ArrayBuffer.isView(value['data'])
}

/** Elements per sample: everything but the first axis. */
export function sampleSize(shape: Shape): number {
  return sizeOf(shape.slice(1))
}
