/** Sparsemax: a softmax that gives 0 to most (Martins and Astudillo, 2016), with the threshold that Keras takes, of all backends (keras/src/backend). */
import type { Graph, Node } from '../graph/graph.ts'
import { activation } from '../kernels/activation/activation.ts'
import { combine, type CombineAttrs } from '../kernels/combine.ts'
import { cumulativeSum } from '../kernels/cumulative_sum.ts'
import { globalAvgPool } from '../kernels/global_avg_pool.ts'
import { rescale } from '../kernels/rescale.ts'
import { sortPlaces } from '../kernels/sort_places.ts'
import { takeAlong } from '../kernels/take_along.ts'
import { sizeOf } from '../shape.ts'
import type { ActivationObject } from './activations.ts'

/**
 * Appends max(x - t, 0) along the last axis. Of the values in descending order, z, and their sums from the first to each, s, those with z > (s - 1) / place count;
 * t = (the sum of their s - 1) / how many they are. The paper has the last s alone, which gives rows whose sum is 1; Keras's do so where one value counts.
 */
export function sparsemax(graph: Graph, x: Node): Node {
  const K = x.shape.at(-1)!
  const N = sizeOf(x.shape) / K
  const of = (kind: CombineAttrs['kind'], a: Node, b: Node) => graph.add(combine, [a, b], { kind, activation: 'linear' })
  const scaled = (a: Node, scale: number, offset = 0) => graph.add(rescale, [a], { scale, offset })
  const sums = (a: Node) => scaled(graph.add(globalAvgPool, [graph.view(a, [N, K, 1, 1])], {}), K)
  const values = graph.view(x, [N, K])
  const z = graph.add(takeAlong, [values, graph.add(sortPlaces, [values], { k: K, descending: true })], {})
  const upTo = (a: Node) => graph.add(cumulativeSum, [a], { reverse: false })
  const counts = upTo(scaled(of('less', z, z), 1, 1)) // 1, 2, ... in each row
  const s = upTo(z)
  const counted = of('less', of('divide', scaled(s, 1, -1), counts), z)
  const threshold = of('divide', scaled(sums(of('keep', s, counted)), 1, -1), sums(counted))
  return graph.view(graph.add(activation, [of('subtract', values, threshold)], { activation: 'relu' }), x.shape)
}

/** As what layers take as their activation. */
export const sparsemaxActivation: ActivationObject = {
  name: 'sparsemax',
  byValue: false,
  activate: sparsemax,
  serialize: () => 'sparsemax',
}
