/** Losses: what training makes small. A loss is an object that adds its nodes to the graph; anybody can write one. */
import { ArgumentError, DataError, ShapeError } from '../errors.ts'
import { described, isRecord } from '../described.ts'
import { isOp, type Graph, type Node } from '../graph/graph.ts'
import { softmax } from '../kernels/softmax.ts'
import { softmaxCrossEntropy } from '../kernels/softmax_cross_entropy/softmax_cross_entropy.ts'
import type { SymbolicShape } from '../layers/layer.ts'
import { formatShape } from '../shape.ts'
import { isTensor, sampleSize, type Tensor } from '../tensor.ts'

/** What samples are labelled with: a tensor with a row for each sample, or a number for each. */
export type Labels = Tensor | ArrayLike<number>

export interface Loss {
  /** For messages. */
  readonly name: string
  /**
   * Checks labels and makes targets of them, a row for each sample. Default: a tensor of the model's output shape, as it is.
   * @param where who asks, for messages: `fit`, `evaluate`
   * @param output shape of the model's output, with null for the batch
   * @throws ShapeError, DataError, ArgumentError
   */
  targets?(where: string, y: Labels, count: number, output: SymbolicShape): Tensor
  /**
   * Appends the loss of every sample of a batch.
   * @param y the model's output
   * @param t targets, a row for each row of y
   * @returns a node [N]. What it holds for rows that are padding does not matter; all rows are of real samples, some of them twice.
   */
  loss(g: Graph, y: Node, t: Node): Node
}

export type LossName = 'categoricalCrossentropy' | 'sparseCategoricalCrossentropy'

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

/** The values before the softmax that a model ends in, or undefined where it ends in something else. */
export function beforeSoftmax(y: Node): Node | undefined {
  return isOp(y, softmax) ? y.inputs[0] : undefined
}

function crossentropy(name: LossName, targets: NonNullable<Loss['targets']>): Loss {
  return {
    name,
    targets,
    loss(g, y, t) {
      const scores = beforeSoftmax(y)
      if (scores?.shape.length === 2) return g.add(softmaxCrossEntropy, [scores, t], {})
      const end = scores ? `a softmax of rank ${scores.shape.length}` : y.kind === 'op' ? y.op.name : y.kind
      throw new ArgumentError(name, `crossentropy takes a model that ends in a softmax [N,K], got one that ends in ${end}`)
    },
  }
}

/** For one-hot or soft targets [N,K], of a model that ends in a softmax. */
export function categoricalCrossentropy(): Loss {
  return crossentropy('categoricalCrossentropy', (where, y, count, output) => {
    if (!isTensor(y))
      throw new ArgumentError(where, 'categoricalCrossentropy takes one-hot targets [N,K] (toCategorical makes them), got a list of labels')
    const t = checkTargets(where, y, count, output)
    const bad = t.data.findIndex((v) => !(v >= 0 && v <= 1))
    if (bad < 0) return t
    throw new DataError(where, `a target must be from 0 to 1, got ${t.data[bad]} at sample ${Math.floor(bad / sampleSize(t.shape))}`)
  })
}

/** For class numbers, of a model that ends in a softmax. */
export function sparseCategoricalCrossentropy(): Loss {
  return crossentropy('sparseCategoricalCrossentropy', (where, y, count, output) => {
    const labels = isTensor(y) ? y.data : y
    if (labels.length !== count)
      throw new DataError(where, `there must be a label for every sample, got ${labels.length} labels and ${count} samples`)
    return toCategorical(labels, output.at(-1)!)
  })
}

/** Targets that must have the shape of the model's output. */
function checkTargets(where: string, y: Labels, count: number, output: SymbolicShape): Tensor {
  const wanted = [count, ...(output.slice(1) as number[])]
  if (!isTensor(y)) throw new ArgumentError(where, `targets must be a tensor of shape ${formatShape(wanted)}, got ${described(y)}`)
  if (formatShape(y.shape) === formatShape(wanted)) return y
  throw new ShapeError(where, `targets must have shape ${formatShape(wanted)}, got ${formatShape(y.shape)}`)
}

/**
 * The targets of a loss, from what the user gave.
 * @throws ArgumentError for what are no labels; and what the loss throws
 */
export function targetsOf(loss: Loss, where: string, y: unknown, count: number, output: SymbolicShape): Tensor {
  if (!isTensor(y) && typeof (y as ArrayLike<number> | null | undefined)?.length !== 'number')
    throw new ArgumentError(where, `y must be a tensor { shape, data } or a list of numbers, got ${described(y)}`)
  const t = (loss.targets ?? checkTargets)(where, y as Labels, count, output)
  if (t.shape[0] === count && t.data.length === count * sampleSize(t.shape)) return t
  throw new ShapeError(
    loss.name,
    `targets must have a row for each of ${count} samples, got ${formatShape(t.shape)} with ${t.data.length} values`,
  )
}

const LOSSES: Readonly<Record<LossName, () => Loss>> = { categoricalCrossentropy, sparseCategoricalCrossentropy }

/** A loss by its name, or as it is. @throws ArgumentError for anything else */
export function lossOf(given: unknown): Loss {
  if (typeof given === 'string' && Object.hasOwn(LOSSES, given)) return LOSSES[given as LossName]()
  if (isRecord(given) && typeof given['loss'] === 'function' && typeof given['name'] === 'string') return given as unknown as Loss
  const names = Object.keys(LOSSES).join(' or ')
  throw new ArgumentError(
    'compile',
    `loss must be ${names}, or an object with a name and a function loss(g, y, t), got ${described(given)}`,
  )
}
