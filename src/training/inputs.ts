/** Checks what predict, fit and evaluate are given: samples for every input of a model. */
import { ArgumentError, DataError, ShapeError } from '../errors.ts'
import type { DType } from '../dtype.ts'
import { described } from '../described.ts'
import type { Network } from '../layers/network.ts'
import { formatShape } from '../shape.ts'
import { keysOf, listOf, type Structure } from '../structure.ts'
import { isTensor, sampleSize, unclamped, type Tensor } from '../tensor.ts'
import type { Labelling } from './labels.ts'

/**
 * Samples and what they are. See {@link Model}.
 * @typeParam X for a model with several inputs, an array of tensors, or a record
 */
export interface LabelledData<X extends Structure<Tensor> = Tensor> {
  /** Samples, batch first: a tensor; for a model with several inputs an array of them in order, or a record by the inputs' names. */
  x: X
  /**
   * What the loss takes: one-hot or soft targets [N,K], N class numbers, or values of the output's shape. With several outputs an array of them in
   * their order, null for one that has neither loss nor metric; or a record by the outputs' names.
   */
  y: Labelling
  /**
   * How much each sample counts in the loss: N numbers from 0, or a tensor [N]. The loss is the sum of losses times weights over the number of
   * samples, as in Keras. With several outputs one for all, or as `y`.
   */
  sampleWeight?: Labelling
}

/** Samples after all checks: a tensor for each input of the model, in order. */
export interface Samples {
  readonly tensors: readonly Tensor[]
  readonly count: number
  /** The network at the sizes of these samples; the one that was asked for where it leaves none open. */
  readonly network: Network
}

/** Types of the samples on the device: bytes go there as bytes. */
export function typesOf({ tensors }: Samples): DType[] {
  return tensors.map(({ data }) => (data instanceof Uint8Array ? 'u8' : 'f32'))
}

/** Tells graphs of one model apart: the samples' types and sizes. */
export function kindOf({ network, types }: { readonly network: Network; readonly types: readonly DType[] }): string {
  return types.map((type, i) => `${type} ${formatShape(network.inputs[i]!.shape)}`).join()
}

/** The name of an input in every graph. */
export const inputName = (index: number): string => `x${index}`

/** The samples of each input, in order. @throws ArgumentError for what are no tensors, or not one for each input */
function tensorsOf(where: string, x: unknown, names: readonly string[]): Tensor[] {
  const one = 'a tensor { shape, data } (loadImage makes one of a picture)'
  const rule = `samples must be ${names.length === 1 ? one : `a tensor for each input, in an array or by name: ${names.join(', ')}`}`
  const keys = keysOf(x)
  const byName = keys !== undefined && keys.join() === [...names].sort().join()
  const given = byName ? names.map((name) => (x as Record<string, unknown>)[name]) : listOf(x)
  if ((keys && !byName) || given.length !== names.length) throw new ArgumentError(where, `${rule}, got ${described(x)}`)
  return given.map((t) => {
    if (isTensor(t)) return { shape: t.shape, data: unclamped(t.data) }
    throw new ArgumentError(where, `${rule}, got ${described(t)}`)
  })
}

/** @param what names the samples of this input */
function checkShape(where: string, what: string, { shape, data }: Tensor, input: readonly (number | null)[]): void {
  const fits = shape.length === input.length && input.every((d, axis) => d === null || d === shape[axis])
  if (!fits || shape.slice(1).some((d) => !Number.isInteger(d) || d < 1))
    throw new ShapeError(where, `${what} must have the input's shape ${formatShape(input)}, got ${formatShape(shape)}`)
  if (!(data instanceof Float32Array || data instanceof Uint8Array))
    throw new ArgumentError(where, `${what} must have a Float32Array or a Uint8Array as data, got ${described(data)}`)
}

/**
 * @param x a tensor; with several inputs an array in their order, or a record by their names
 * @throws ArgumentError for anything else; ShapeError when samples are not of an input's shape, or of a size that a layer cannot have; DataError when
 * there are none, or not as many for each input
 */
export function checkSamples(where: string, x: unknown, network: Network): Samples {
  const { inputs, inputNames } = network
  const tensors = tensorsOf(where, x, inputNames)
  tensors.forEach((t, i) => checkShape(where, tensors.length > 1 ? `samples of ${inputNames[i]}` : 'samples', t, inputs[i]!.shape))
  const counts = tensors.map((t) => t.shape[0] ?? 0)
  if (counts.some((n) => n !== counts[0])) {
    const got = counts.map((n, i) => `${n} of ${inputNames[i]}`).join(' and ')
    throw new DataError(where, `there must be as many samples of every input, got ${got}`)
  }
  const count = counts[0]!
  if (count < 1) throw new DataError(where, `data must hold at least one sample, got ${count}`)
  for (const { shape, data } of tensors) {
    if (data.length !== count * sampleSize(shape)) {
      throw new ShapeError(where, `data must have ${count * sampleSize(shape)} values for ${formatShape(shape)}, got ${data.length}`)
    }
  }
  return { tensors, count, network: network.at(tensors.map((t) => t.shape)) }
}

/** Samples, and what belongs to each of them. */
export interface Labelled {
  readonly samples: Samples
  /** Targets and weights, a row for each sample, by the names of graph inputs. */
  readonly rows: Readonly<Record<string, Tensor>>
}
