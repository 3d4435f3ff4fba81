/** Labels, checked and made into what losses take: a row for each sample. */
import { ArgumentError, DataError, ShapeError } from '../../errors.ts'
import { described } from '../../described.ts'
import type { SymbolicShape } from '../../layers/layer.ts'
import { formatShape, sizeOf } from '../../shape.ts'
import { isTensor, sampleSize, type Tensor } from '../../tensor.ts'
import type { Labels, Loss } from './loss.ts'

type Targets = NonNullable<Loss['targets']>

/** @throws DataError naming the first label that is not a whole number in [0, classes). */
function checkClasses(labels: ArrayLike<number>, classes: number): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw new DataError('labels', `a label must be a whole number from 0 to ${classes - 1}, got ${label} at index ${i}`)
  }
}

/**
 * One-hot targets [N,K] of class numbers.
 * @throws ArgumentError unless classes is a positive whole number; DataError naming the first label that is not a whole number in [0, classes).
 * @example
 * toCategorical([2, 0], 3) // { "shape": [2, 3], "data": [0, 0, 1, 1, 0, 0] }
 */
export function toCategorical(labels: ArrayLike<number>, classes: number): Tensor {
  if (!(Number.isInteger(classes) && classes > 0))
    throw new ArgumentError('toCategorical', `classes must be a positive whole number, got ${described(classes)}`)
  checkClasses(labels, classes)
  const data = new Float32Array(labels.length * classes)
  for (let i = 0; i < labels.length; i++) data[i * classes + labels[i]!] = 1
  return { shape: [labels.length, classes], data }
}

const shapeFor = (count: number, output: SymbolicShape) => [count, ...(output.slice(1) as number[])]

/** Targets that must have the shape of the model's output. */
export const sameShape: Targets = (where, y, count, output) => {
  const wanted = shapeFor(count, output)
  if (!isTensor(y)) throw new ArgumentError(where, `targets must be a tensor of shape ${formatShape(wanted)}, got ${described(y)}`)
  if (formatShape(y.shape) === formatShape(wanted)) return y
  throw new ShapeError(where, `targets must have shape ${formatShape(wanted)}, got ${formatShape(y.shape)}`)
}

/** Values for an output whose last axis may be missing where it is 1, as in Keras: a list of numbers will do for [N,1]. */
const values: Targets = (where, y, count, output) => {
  const wanted = shapeFor(count, output)
  if (!isTensor(y)) {
    if (sizeOf(wanted) !== count) return sameShape(where, y, count, output)
    if (y.length !== count)
      throw new DataError(where, `there must be a label for every sample, got ${y.length} labels and ${count} samples`)
    return { shape: wanted, data: Float32Array.from(y) }
  }
  const squeezed = wanted.at(-1) === 1 && formatShape(y.shape) === formatShape(wanted.slice(0, -1))
  return sameShape(where, squeezed ? { shape: wanted, data: y.data } : y, count, output)
}

const sampleOf = (t: Tensor, index: number) => Math.floor(index / sampleSize(t.shape))

/** @throws DataError naming the first target that is not as the rule says */
function checkEach(where: string, t: Tensor, rule: string, holds: (v: number) => boolean): Tensor {
  const bad = t.data.findIndex((v) => !holds(v))
  if (bad < 0) return t
  throw new DataError(where, `a target must be ${rule}, got ${t.data[bad]} at sample ${sampleOf(t, bad)}`)
}

/** Numbers of any size. */
export const numbers: Targets = (where, y, count, output) =>
  checkEach(where, values(where, y, count, output), 'a finite number', Number.isFinite)

/** Probabilities, or 0 and 1. */
export const shares: Targets = (where, y, count, output) =>
  checkEach(where, values(where, y, count, output), 'from 0 to 1', (v) => v >= 0 && v <= 1)

/** -1 and 1, or 0 and 1. They stay as they are, for metrics and class weights: the loss makes signs of them. */
export const signs: Targets = (where, y, count, output) => {
  const t = checkEach(where, values(where, y, count, output), '-1 or 1, or 0 or 1', (v) => v === -1 || v === 0 || v === 1)
  return t.data.includes(-1) ? checkEach(where, t, '-1 or 1 where one is -1', (v) => v !== 0) : t
}

/** One-hot or soft targets of the output's shape. */
export function categories(name: string): Targets {
  return (where, y, count, output) => {
    if (!isTensor(y)) throw new ArgumentError(where, `${name} takes one-hot targets [N,K] (toCategorical makes them), got a list of labels`)
    return checkEach(where, sameShape(where, y, count, output), 'from 0 to 1', (v) => v >= 0 && v <= 1)
  }
}

/** Class numbers, one for each vector along the output's last axis; [N,1] for an output [N,K]. */
export const classNumbers: Targets = (where, y, count, output) => {
  const labels = isTensor(y) ? y.data : y
  const [classes, rest] = [output.at(-1)!, output.slice(1, -1) as number[]]
  const each = sizeOf(rest)
  if (labels.length !== count * each) {
    const [what, got] = each === 1 ? ['', 'labels'] : [`, and each of its ${each} places`, 'labels']
    throw new DataError(where, `there must be a label for every sample${what}, got ${labels.length} ${got} and ${count} samples`)
  }
  checkClasses(labels, classes)
  const data = labels instanceof Float32Array || labels instanceof Uint8Array ? labels : Float32Array.from(labels)
  return { shape: [count, ...(rest.length ? rest : [1])], data }
}

/**
 * The targets of a loss, from what the user gave.
 * @throws ArgumentError for what are no labels; and what the loss throws
 */
export function targetsOf(loss: Loss, where: string, y: unknown, count: number, output: SymbolicShape): Tensor {
  if (!isTensor(y) && typeof (y as ArrayLike<number> | null | undefined)?.length !== 'number')
    throw new ArgumentError(where, `y must be a tensor { shape, data } or a list of numbers, got ${described(y)}`)
  const t = (loss.targets ?? sameShape)(where, y as Labels, count, output)
  if (t.shape[0] === count && t.data.length === count * sampleSize(t.shape)) return t
  throw new ShapeError(
    loss.name,
    `targets must have a row for each of ${count} samples, got ${formatShape(t.shape)} with ${t.data.length} values`,
  )
}
