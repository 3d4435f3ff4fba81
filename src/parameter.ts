/** Tensors that outlive a plan: weights, optimizer moments, metric sums. */
import type { DType } from './dtype.ts'
import { formatShape, sizeOf, type Shape } from './shape.ts'
import { described } from './described.ts'
import { ArgumentError, ShapeError } from './errors.ts'
import { isTensor, type Tensor } from './tensor.ts'
import { checkFinite, type TensorSource } from './tensor_source.ts'

/** Where the values of parameters are besides: a device. */
export interface Holder {
  /** All values, as they are now. */
  read(parameter: Parameter): Promise<Float32Array>
  /** Takes values that the parameter's source has, too. */
  put(parameter: Parameter, data: Float32Array): void
}

/**
 * One weight of a layer. Its values are not held here: `source` gives them in slices when a device first needs them
 * (a file, an initializer), and from then on they live in GPU buffers.
 */
export class Parameter {
  /** Keras name within the layer, such as `kernel` or `moving_mean`. */
  readonly name: string
  /** Name of the layer that owns it. */
  readonly layer: string
  readonly shape: Shape
  /** Of its elements on the device. */
  readonly dtype: DType
  /** Whether the optimizer may change it. A frozen layer's weights are not trainable, nor are moving statistics. */
  trainable: boolean
  source: TensorSource
  /** The devices that have it. */
  readonly holders = new Set<Holder>()

  constructor(layer: string, name: string, source: TensorSource, trainable = false, dtype: DType = 'f32') {
    this.layer = layer
    this.name = name
    this.shape = source.shape
    this.source = source
    this.trainable = trainable
    this.dtype = dtype
  }

  /** `block1_conv1/kernel`, for messages and labels. */
  get path(): string {
    return `${this.layer}/${this.name}`
  }
}

/** A source that holds the same value everywhere. */
export function filled(shape: Shape, value: number): TensorSource {
  return { shape, zeros: value === 0, read: (begin, end) => Promise.resolve(new Float32Array(end - begin).fill(value)) }
}

/** A source over values that are already in memory; they are not copied. */
export function fromArray(shape: Shape, data: Float32Array<ArrayBuffer>): TensorSource {
  return { shape, read: (begin, end) => Promise.resolve(data.subarray(begin, end)) }
}

/** Values that are read at a time. */
const SLICE = 2 ** 22

/** A weight's values from its source, in slices. */
export async function* slicesOf({ shape, source }: Pick<Parameter, 'shape' | 'source'>): AsyncGenerator<Float32Array> {
  const size = sizeOf(shape)
  for (let begin = 0; begin < size; begin += SLICE) yield await source.read(begin, Math.min(size, begin + SLICE))
}

/**
 * The current values of weights: of each those on a device that has it, else of its source.
 * @param first the device that is asked before others that have a weight, too
 * @throws DeviceError, FileError
 */
export async function valuesOf(parameters: readonly Parameter[], first?: Holder): Promise<Tensor[]> {
  const values: Tensor[] = []
  for (const p of parameters) {
    const [holder] = first && p.holders.has(first) ? [first] : p.holders
    values.push({ shape: p.shape, data: await (holder ? holder.read(p) : sourceValues(p)) })
  }
  return values
}

async function sourceValues(parameter: Parameter): Promise<Float32Array> {
  const data = new Float32Array(sizeOf(parameter.shape))
  let at = 0
  for await (const slice of slicesOf(parameter)) {
    data.set(slice, at)
    at += slice.length
  }
  return data
}

/** @throws ArgumentError for what is no tensor; ShapeError for values of another shape; WeightsError `not-finite` */
export function checkValues(parameter: Parameter, values: Tensor): void {
  const { path, shape: own } = parameter
  const given: unknown = values
  if (!isTensor(given)) throw new ArgumentError(path, `values must be a tensor { shape, data }, got ${described(given)}`)
  const { shape, data } = given
  if (formatShape(shape) !== formatShape(own) || data.length !== sizeOf(own)) {
    const got = `${formatShape(shape)} with ${data.length} values`
    throw new ShapeError(path, `values must have the weight's shape ${formatShape(own)}, got ${got}`)
  }
  checkFinite(parameter, Float32Array.from(data), 0)
}

/** Gives a weight values, which are copied: its source, and every device that has it. @param values checked by checkValues */
export function putValues(parameter: Parameter, { data }: Tensor): void {
  const copy = Float32Array.from(data)
  parameter.source = fromArray(parameter.shape, copy)
  parameter.holders.forEach((holder) => holder.put(parameter, copy))
}

/** Rows [begin, end) of the first axis. */
export type Rows = readonly [begin: number, end: number]

/**
 * Splits a tensor into row ranges of at most `limitBytes` each, so that every range fits one storage binding.
 * One range for everything that fits.
 */
export function splitRows(shape: Shape, limitBytes: number): Rows[] {
  const rows = shape[0] ?? 1
  const rowBytes = 4 * shape.slice(1).reduce((n, d) => n * d, 1)
  const perPart = Math.min(rows, Math.floor(limitBytes / rowBytes))
  if (perPart === rows || perPart < 1) return [[0, rows]]
  const parts: Rows[] = []
  for (let begin = 0; begin < rows; begin += perPart) parts.push([begin, Math.min(rows, begin + perPart)])
  return parts
}
