/** What belongs to each sample: targets of every output, and weights. Each is a graph input with a row for each sample. */
import { ArgumentError, DataError, ShapeError } from '../errors.ts'
import { described, isRecord } from '../described.ts'
import type { Network } from '../layers/network.ts'
import { formatShape, sizeOf, type Shape } from '../shape.ts'
import { isTensor, type Tensor } from '../tensor.ts'
import type { Criteria } from './criteria.ts'
import { targetsOf, type Labels } from './losses/index.ts'
import { sameShape } from './losses/targets.ts'

/** Labels, or weights, of one output; of several in their order, null for one that needs none, or by their names. See {@link Model}. */
export type Labelling = Labels | readonly (Labels | null)[] | Readonly<Record<string, Labels | null>>

export interface LabelOptions {
  /** See FitOptions. */
  readonly classWeight?: unknown
}

/** The name of the graph input with the targets of an output. */
export const targetName = (output: number): string => `t${output}`

/** The names of graph inputs with the samples' weights, for an output or for all: the first that there is counts. */
export const weightNames = (output: number): readonly string[] => [`sampleWeight${output}`, 'sampleWeight']

type Rows = Record<string, Tensor>

/** Shapes of what belongs to one sample. */
export function shapesOfRows(rows: Readonly<Rows>): Record<string, Shape> {
  return Object.fromEntries(Object.entries(rows).map(([name, { shape }]) => [name, shape.slice(1)]))
}

/** What is given for each of several outputs. @throws ArgumentError for another number of them, or other names */
function perOutput(where: string, what: string, given: unknown, { outputNames: names }: Network): unknown[] {
  const rule = `${what} must be one for each output, in an array or by name: ${names.join(', ')}`
  if (Array.isArray(given) && given.length === names.length) return given as unknown[]
  const byName = isRecord(given) && !isTensor(given) && Object.keys(given).every((name) => names.includes(name))
  if (byName) return names.map((name) => given[name])
  throw new ArgumentError(where, `${rule}, got ${isRecord(given) ? `one with ${Object.keys(given).join(', ')}` : described(given)}`)
}

function targets(where: string, y: unknown, count: number, network: Network, { outputs }: Criteria): Rows {
  const { outputs: tensors } = network
  const given = tensors.length === 1 ? [y] : perOutput(where, 'y', y, network)
  const rows: Rows = {}
  outputs.forEach(({ name, loss, labelled }, i) => {
    const labels = given[i]
    const missing = labels === undefined || labels === null
    if (labelled && missing) throw new ArgumentError(where, `y must have labels for the output ${name}, got none`)
    if (!labelled) return
    // What only metrics look at has the shape of the output.
    rows[targetName(i)] = targetsOf(loss ?? { name, targets: sameShape, loss: (_, y) => y }, where, labels, count, tensors[i]!.shape)
  })
  return rows
}

/** A weight for each sample, [N,1]. */
function weightRows(where: string, given: unknown, count: number): Tensor {
  const list = isTensor(given) ? given.data : given
  if (typeof (list as ArrayLike<number> | null)?.length !== 'number' || typeof list === 'string')
    throw new ArgumentError(where, `sampleWeight must be a number for each sample, got ${described(given)}`)
  const data = Float32Array.from(list as ArrayLike<number>)
  if (isTensor(given) && sizeOf(given.shape.slice(1)) !== 1)
    throw new ShapeError(where, `sampleWeight must have shape [${count}], got ${formatShape(given.shape)}`)
  if (data.length !== count) throw new DataError(where, `there must be a weight for every sample, got ${data.length} and ${count} samples`)
  const bad = data.findIndex((w) => !(w >= 0 && w < Infinity))
  if (bad >= 0) throw new DataError(where, `a weight must be a finite number from 0, got ${data[bad]} at sample ${bad}`)
  return { shape: [count, 1], data }
}

function sampleWeights(where: string, given: unknown, count: number, network: Network): Rows {
  const { length } = network.outputs
  const forEach =
    length > 1 &&
    ((Array.isArray(given) && given.length === length && given.some(isList)) || (isRecord(given) && !isTensor(given) && !isList(given)))
  if (!forEach) return { sampleWeight: weightRows(where, given, count) }
  const each = perOutput(where, 'sampleWeight', given, network)
  const rows: Rows = {}
  each.forEach((one, i) => {
    if (one !== undefined && one !== null) rows[weightNames(i)[0]!] = weightRows(where, one, count)
  })
  return rows
}

const isList = (value: unknown) => isTensor(value) || Array.isArray(value) || ArrayBuffer.isView(value)

/** To a whole number, halves to the even one, as NumPy does it. */
const rounded = (v: number): number => (Math.abs(v % 1) === 0.5 ? 2 * Math.round(v / 2) : Math.round(v))

/** The class of each sample: of class numbers, rounded, of one-hot targets their largest. @throws ArgumentError where a sample has several */
function classesOf(where: string, t: Tensor, output: readonly (number | null)[]): number[] {
  const count = t.shape[0]!
  const each = t.data.length / count
  const oneHot = each > 1 && each === output.at(-1) && output.length === 2
  if (each > 1 && !oneHot)
    throw new ArgumentError(where, `classWeight must be for samples of one class each, got targets ${formatShape(t.shape)}`)
  return Array.from({ length: count }, (_, n) => {
    const row = t.data.subarray(n * each, (n + 1) * each)
    return oneHot ? row.indexOf(Math.max(...row)) : rounded(row[0]!)
  })
}

/** The weights of the samples' classes; 1 where none is given, as Keras does it. */
function classWeights(where: string, given: unknown, rows: Rows, network: Network): Tensor {
  if (!isRecord(given)) throw new ArgumentError(where, `classWeight must be a record of weights by class numbers, got ${described(given)}`)
  if (network.outputs.length > 1) throw new ArgumentError(where, `classWeight must be for one output, got ${network.outputs.length}`)
  const output = network.outputs[0]!.shape
  const classes = Math.max(2, output.at(-1)!)
  for (const [label, weight] of Object.entries(given)) {
    const index = Number(label)
    if (!(Number.isInteger(index) && index >= 0 && index < classes))
      throw new ArgumentError(where, `classWeight must be by class numbers from 0 to ${classes - 1}, got ${label}`)
    if (!(typeof weight === 'number' && weight >= 0 && weight < Infinity))
      throw new ArgumentError(where, `the weight of class ${label} must be a finite number from 0, got ${described(weight)}`)
  }
  const labels = classesOf(where, rows[targetName(0)]!, output)
  const weightOf = (label: number) => (Object.hasOwn(given, label) ? (given[label] as number) : 1)
  return { shape: [labels.length, 1], data: Float32Array.from(labels, weightOf) }
}

/**
 * The targets of every output, and the weights of the samples, from what the user gave.
 * @throws as targetsOf; ArgumentError, ShapeError, DataError for weights that are not one from 0 for each sample, or not with each other
 */
export function labelRows(
  where: string,
  { y, sampleWeight }: { readonly y: unknown; readonly sampleWeight: unknown },
  count: number,
  network: Network,
  criteria: Criteria,
  { classWeight }: LabelOptions,
): Rows {
  const rows = targets(where, y, count, network, criteria)
  if (sampleWeight !== undefined && classWeight !== undefined)
    throw new ArgumentError(where, 'weights must be either sampleWeight or classWeight, got both')
  if (sampleWeight !== undefined) return { ...rows, ...sampleWeights(where, sampleWeight, count, network) }
  return classWeight === undefined ? rows : { ...rows, sampleWeight: classWeights(where, classWeight, rows, network) }
}
