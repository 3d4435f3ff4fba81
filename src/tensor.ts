/** Plain arrays with a shape: what goes into a model and comes out of it. */
import { ArgumentError, ShapeError } from './errors.ts'
import { described, isRecord } from './described.ts'
import { formatShape, sizeOf, type Shape } from './shape.ts'

/**
 * Row-major values. Images are [N,H,W,C] with 0..255 in a Uint8Array, which goes to the device as it is, or any floats; the first axis counts
 * samples. See {@link tensor}.
 */
export interface Tensor {
  /** Sizes of the axes; their product is the number of values. */
  readonly shape: Shape
  /** The values, the last axis first; not copied. */
  readonly data: Float32Array | Uint8Array
}

/** The same bytes as an array of the type that tensors have; anything else as it is. */
export function unclamped<T>(data: T): T | Uint8Array {
  return data instanceof Uint8ClampedArray ? new Uint8Array(data.buffer, data.byteOffset, data.length) : data
}

/**
 * A tensor over existing values, which are not copied.
 * @throws ShapeError when the counts differ.
 * @example
 * const x = tensor([1, 2, 3, 4, 5, 6], [2, 3])
 * x // { "shape": [2, 3], "data": [1, 2, 3, 4, 5, 6] }
 */
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

/**
 * Samples of several tensors as one: pictures [1,H,W,C] become [N,H,W,C]. Bytes stay bytes where all are.
 * @throws ArgumentError for no tensors, or what is none; ShapeError for samples that differ in shape
 * @example
 * const [a, b] = [await loadImage('photo.png'), await loadImage('animals/cat/1.png')]
 * stack([a, b]).shape // [2, 12, 16, 3]
 */
export function stack(tensors: readonly Tensor[]): Tensor {
  const given: unknown = tensors
  if (!Array.isArray(given) || !given.length) throw new ArgumentError('stack', `there must be at least one tensor, got ${described(given)}`)
  const first = tensors[0]!
  for (const [i, t] of tensors.entries()) {
    if (!isTensor(t)) throw new ArgumentError('stack', `tensors must be { shape, data }, got ${described(t)} at index ${i}`)
    const [one, other] = [first, t].map(({ shape }) => formatShape([null, ...shape.slice(1)]))
    if (one !== other) throw new ShapeError('stack', `samples must be of one shape, got ${one} and ${other} at index ${i}`)
  }
  const bytes = tensors.every(({ data }) => data instanceof Uint8Array)
  const data = new (bytes ? Uint8Array : Float32Array)(tensors.reduce((sum, t) => sum + t.data.length, 0))
  let at = 0
  for (const t of tensors) {
    data.set(t.data, at)
    at += t.data.length
  }
  return { shape: [tensors.reduce((sum, { shape }) => sum + shape[0]!, 0), ...first.shape.slice(1)], data }
}
