/** Plain arrays with a shape: what goes into a model and comes out of it. */
import { ShapeError } from './errors.ts'
import { isRecord } from './described.ts'
import { formatShape, sizeOf, type Shape } from './shape.ts'

/** Row-major values. Images are [N,H,W,C] with 0..255 in a Uint8Array or any floats; the first axis counts samples. */
export interface Tensor {
  readonly shape: Shape
  readonly data: Float32Array | Uint8Array
}

/** A tensor over existing values, which are not copied. @throws ShapeError when the counts differ. */
export function tensor(data: Float32Array | Uint8Array | readonly number[], shape: Shape): Tensor {
  const values = data instanceof Float32Array || data instanceof Uint8Array ? data : Float32Array.from(data)
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
