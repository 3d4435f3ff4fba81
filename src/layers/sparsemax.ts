/** Sparsemax: a softmax that gives 0 to most (Martins and Astudillo, 2016), with the threshold that Keras takes, of all backends (keras/src/backend). */
import type { Graph, Node } from '../graph/graph.ts'
import { activation } from '../kernels/activation/activation.ts'
import { combine, type CombineAttrs } from '../kernels/combine.ts'
import { globalAvgPool } from '../kernels/global_avg_pool.ts'
import { rescale } from '../kernels/rescale.ts'
import { sortPlaces } from '../kernels/sort_places.ts'
import { takeAlong } from '../kernels/take_along.ts'
import { sizeOf } from '../shape.ts'
import type { ActivationObject } from './activations.ts'

/**
 * Appends max(x - t, 0) along the last axis. Of the values in descending order, z, and their sums from the first to each, s, those with z > (s - 1) / place count;
 * t = (the sum of their s - 1) / how many they are. The paper has the last s alone, which gives rows whose sum is 1; Keras's do so where one value counts.
 * K * K numbers of each row are in memory at once.
 */
export function sparsemax(graph: Graph, x: Node): Node {
  const K = x.shape.at(-1)!
  const N = sizeOf(x.shape) / K
  const of = (kind: CombineAttrs['kind'], a: Node, b: Node) => graph.add(combine, [a, b], { kind, activation: 'linear' })
  const scaled = (a: Node, scale: number, offset = 0) => graph.add(rescale, [a], { scale, offset })
  const sums = (a: Node, rows: number) => scaled(graph.add(globalAvgPool, [graph.view(a, [rows, K, 1, 1])], {}), K)
  const values = graph.view(x, [N, K])
  const z = graph.add(takeAlong, [values, graph.add(sortPlaces, [values], { k: K, descending: true })], {})
  // 0, 1, ... in each row: the places of what is all the same.
  const places = graph.add(sortPlaces, [of('less', z, z)], { k: K, descending: false })
  const upTo = of('greaterEqual', graph.view(places, [N, K, 1]), graph.view(places, [N, 1, K]))
  const s = graph.view(sums(of('multiply', upTo, graph.view(z, [N, 1, K])), N * K), [N, K])
  const counted = of('less', of('divide', scaled(s, 1, -1), scaled(places, 1, 1)), z)
  const threshold = of('divide', scaled(sums(of('keep', s, counted), N), 1, -1), sums(counted, N))
  return graph.view(graph.add(activation, [of('subtract', values, threshold)], { activation: 'relu' }), x.shape)
}

/** As what layers take as their activation. */
export const sparsemaxActivation: ActivationObject = {
  name: 'sparsemax',
  byValue: false,
  activate: sparsemax,
  serialize: () => 'sparsemax',
}
