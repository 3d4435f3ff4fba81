/** Checks and cuts training data: samples, labels, batches, a seeded shuffle. */
import { ArgumentError, DataError, ShapeError } from '../errors.ts'
import type { SymbolicShape } from '../layers/layer.ts'
import { formatShape } from '../shape.ts'
import { sampleSize, type Tensor } from '../tensor.ts'

export type Loss = 'categoricalCrossentropy' | 'sparseCategoricalCrossentropy'

export interface LabelledData {
  /** Samples: [N,H,W,C] or whatever the model's input is, batch first. */
  x: Tensor
  /** `categoricalCrossentropy`: one-hot or soft targets [N,K]. `sparseCategoricalCrossentropy`: N class numbers. */
  y: Tensor | ArrayLike<number>
}

/** Labelled data after all checks. */
export interface Samples {
  readonly x: Tensor
  /** [N,K] */
  readonly targets: Float32Array
  readonly count: number
  readonly classes: number
}

/** @throws ShapeError when samples are not of the model's input shape; DataError when there are none. */
export function checkSamples(where: string, x: Tensor, input: SymbolicShape): number {
  const count = x.shape[0] ?? 0
  if (formatShape([null, ...x.shape.slice(1)]) !== formatShape(input)) {
    throw new ShapeError(where, `samples must have the input's shape ${formatShape(input)}, got ${formatShape(x.shape)}`)
  }
  if (count < 1) throw new DataError(where, `data must hold at least one sample, got ${count}`)
  if (x.data.length !== count * sampleSize(x.shape)) {
    throw new ShapeError(where, `data must have ${count * sampleSize(x.shape)} values for ${formatShape(x.shape)}, got ${x.data.length}`)
  }
  return count
}

/**
 * One-hot targets [N,K] of class numbers.
 * @throws DataError naming the first label that is not a whole number in [0, classes).
 */
export function toCategorical(labels: ArrayLike<number>, classes: number): Tensor {
  const data = new Float32Array(labels.length * classes)
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new DataError('labels', `a label must be a whole number from 0 to ${classes - 1}, got ${label} at index ${i}`)
    }
    data[i * classes + label] = 1
  }
  return { shape: [labels.length, classes], data }
}

const isTensor = (y: Tensor | ArrayLike<number>): y is Tensor => 'shape' in y

function checkTargets(where: string, y: Tensor | ArrayLike<number>, loss: Loss, count: number, classes: number): Float32Array {
  if (loss === 'sparseCategoricalCrossentropy') {
    const labels = isTensor(y) ? y.data : y
    if (labels.length !== count)
      throw new DataError(where, `there must be a label for every sample, got ${labels.length} labels and ${count} samples`)
    return toCategorical(labels, classes).data as Float32Array
  }
  if (!isTensor(y))
    throw new ArgumentError(where, 'categoricalCrossentropy takes one-hot targets [N,K] (toCategorical makes them), got a list of labels')
  if (y.shape.length !== 2 || y.shape[0] !== count || y.shape[1] !== classes) {
    throw new ShapeError(where, `targets must have shape ${formatShape([count, classes])}, got ${formatShape(y.shape)}`)
  }
  const bad = y.data.findIndex((v) => !(v >= 0 && v <= 1))
  if (bad >= 0) throw new DataError(where, `a target must be from 0 to 1, got ${y.data[bad]} at sample ${Math.floor(bad / classes)}`)
  return y.data instanceof Float32Array ? y.data : Float32Array.from(y.data)
}

/** Checks samples and labels against the model. @throws ShapeError, DataError, ArgumentError before any GPU work. */
export function checkData(where: string, { x, y }: LabelledData, loss: Loss, input: SymbolicShape, output: SymbolicShape): Samples {
  const count = checkSamples(where, x, input)
  const classes = output[1]!
  return { x, targets: checkTargets(where, y, loss, count, classes), count, classes }
}

/** 0..count-1 in order. */
export function inOrder(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i)
}

/** Mulberry32: a small seeded generator, uniform in [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** 0..count-1 in a seeded random order (Fisher-Yates). */
export function shuffled(count: number, seed: number): Uint32Array {
  const order = inOrder(count)
  const next = random(seed)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1))
    const held = order[i]!
    order[i] = order[j]!
    order[j] = held
  }
  return order
}

/** Copies the rows that `order[begin..end)` names into a batch of `batch` rows; rows past the end are zero. */
export function gather(
  data: Float32Array | Uint8Array,
  rowSize: number,
  order: Uint32Array,
  begin: number,
  end: number,
  batch: number,
): Float32Array {
  const out = new Float32Array(batch * rowSize)
  for (let i = begin; i < end; i++) {
    const from = order[i]! * rowSize
    out.set(data.subarray(from, from + rowSize), (i - begin) * rowSize)
  }
  return out
}

/** 1 for the first `valid` rows of a batch, 0 for padding. */
export function rowWeights(valid: number, batch: number, value = 1): Float32Array {
  return new Float32Array(batch).fill(value, 0, valid)
}
