/** What a metric is: an object that adds its nodes to the graph; anybody can write one. And what those of Keras share. */
import { ArgumentError } from '../../errors.ts'
import type { Graph, Node } from '../../graph/graph.ts'
import { accumulateMean } from '../../kernels/accumulate_mean.ts'
import { oneHot } from '../../kernels/one_hot.ts'
import type { SymbolicShape } from '../../layers/layer.ts'
import type { Parameter } from '../../parameter.ts'
import { formatShape, sizeOf } from '../../shape.ts'
import { byLastAxis } from '../losses/loss.ts'

/** One batch, as a metric sees it. See {@link meanMetric}. */
export interface MetricBatch {
  /** The model's output. */
  readonly y: Node
  /** The targets, a row for each row of y. */
  readonly t: Node
  /** Of shape [N]; 1 for a sample, or its weight where the metric is weighted; 0 for a row that is padding and must not count. */
  readonly weight: Node
}

/** A number, or numbers in rows. See {@link metrics}. */
export type Detail = number | readonly Detail[]

/** What is measured while a model trains or is evaluated, as running sums in the graph. See {@link meanMetric}. */
export interface Metric {
  /** Under which it is logged: `accuracy`, and `val_accuracy` for validation data. */
  readonly name: string
  /** Which way is better, for callbacks that watch it. Default: not known. */
  readonly direction?: 'up' | 'down'
  /** How many running sums it keeps on the device, where it depends on it by the shape of the output. They are 0 when a pass over the data begins. */
  readonly sums: number | ((output: SymbolicShape) => number)
  /** Of an output with a mask it is given the steps that count, each as a sample of its own, as Keras's means are; others are given all. Default false. */
  readonly bySteps?: boolean
  /** Appends what adds a batch to the sums [sums]: ops that update them. */
  add(g: Graph, batch: MetricBatch, sums: Parameter): void
  /** The metric, from the sums after a pass. Absent: it is not logged, and has details. */
  result?(sums: Float32Array): number
  /** What is no single number: a confusion matrix, numbers of each class. */
  details?(sums: Float32Array): Detail
}

/**
 * The mean over all samples of a value that each has.
 * @param values appends a node [N] with each sample's value
 * @example
 * const largest = meanMetric('largest', (g, y) => g.view(g.add(ops.globalMaxPool, [g.view(y, [y.shape[0], 1, 3, 1])], {}), [y.shape[0]]))
 * await model.compile({ device, loss: 'sparseCategoricalCrossentropy', metrics: [largest] })
 * const { largest: confidence } = await model.evaluate({ x, y })
 */
export function meanMetric(name: string, values: (g: Graph, y: Node, t: Node) => Node): Metric {
  return {
    name,
    sums: 3,
    bySteps: true,
    add: (g, { y, t, weight }, sums) => void g.update(accumulateMean, [values(g, y, t), weight], [sums], {}),
    result: ([sum, seen, notFinite]) => (notFinite ? NaN : seen ? sum! / seen : 0),
  }
}

/** Whether targets are class numbers, one for each vector along the last axis of the output. */
export const areClassNumbers = (y: Node, t: Node) => y.shape.at(-1)! > 1 && sizeOf(t.shape) * y.shape.at(-1)! === sizeOf(y.shape)

/** @throws ArgumentError for a metric that is for other targets */
export function refuseTargets(name: string, wanted: string, y: Node, t: Node): never {
  throw new ArgumentError(name, `targets must be ${wanted}, got ${formatShape(t.shape)} for an output ${formatShape(y.shape)}`)
}

/** Targets of each vector along the last axis, [R,K], from those or from class numbers. @throws ArgumentError for neither */
export function goalsOf(name: string, g: Graph, y: Node, t: Node): Node {
  if (sizeOf(t.shape) === sizeOf(y.shape)) return byLastAxis(g, g.view(t, y.shape))
  if (areClassNumbers(y, t)) return g.add(oneHot, [t], { classes: y.shape.at(-1)! })
  return refuseTargets(name, 'of the shape of the output, or class numbers', y, t)
}
