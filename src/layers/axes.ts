/** Axes of tensors, the batch counted as 0, and those from the end below 0; and how layers work along others than the last. */
import { ArgumentError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { transpose } from '../kernels/transpose.ts'
import { formatShape, sizeOf } from '../shape.ts'
import type { SymbolicShape } from './layer.ts'

/** One axis, or several, the batch counted; below 0: counted from the end. See {@link layers}. */
export type Axes = number | readonly number[]

/** Axes counted from 0. @throws ArgumentError unless x has them, each is said once, and none is the batch */
export function resolved(layer: string, axes: Axes, x: SymbolicShape): readonly number[] {
  const given = [axes].flat()
  const found = given.map((a) => (a < 0 ? a + x.length : a))
  if (found.length && found.every((a) => Number.isInteger(a) && a > 0 && a < x.length) && new Set(found).size === found.length) return found
  throw new ArgumentError(
    layer,
    `axis must be some of the input's but the batch, each once, got ${formatShape(given)} for ${formatShape(x)}`,
  )
}

/** One axis counted from 0. @throws ArgumentError */
export const resolvedAxis = (layer: string, axis: number, x: SymbolicShape): number => resolved(layer, axis, x)[0]!

/**
 * Appends a transposition; none where the axes stay. Those that undo each other go when the graph is laid out anew (src/graph/layout.ts). Of tensors of
 * more than 4 axes, neighbours that stay together are one. @throws ShapeError where there are more even so
 */
export function permuted(graph: Graph, x: Node, axes: readonly number[]): Node {
  if (axes.every((a, i) => a === i)) return x
  if (axes.length <= 4) return graph.add(transpose, [x], { axes })
  const runs: number[][] = []
  for (const a of axes) {
    if (runs.at(-1)?.at(-1) === a - 1) runs.at(-1)!.push(a)
    else runs.push([a])
  }
  const ordered = [...runs].sort(([a], [b]) => a! - b!)
  const few = graph.view(
    x,
    ordered.map((run) => sizeOf(run.map((a) => x.shape[a]!))),
  )
  const moved = graph.add(transpose, [few], { axes: runs.map((run) => ordered.indexOf(run)) })
  return graph.view(
    moved,
    axes.map((a) => x.shape[a]!),
  )
}

/** The axes of x, these at the end, in their order. */
const toTheEnd = (rank: number, axes: readonly number[]): number[] => [
  ...Array.from({ length: rank }, (_, i) => i).filter((i) => !axes.includes(i)),
  ...axes,
]

/** Which axis of the result each was. */
const inverse = (axes: readonly number[]): number[] => axes.map((_, i) => axes.indexOf(i))

/**
 * Appends what works along the last axis, on another: it goes to the end, and back.
 * @param what may change its size
 */
export function alongLast(graph: Graph, xs: readonly Node[], axis: number, what: (xs: readonly Node[]) => Node): Node {
  const order = toTheEnd(xs[0]!.shape.length, [axis])
  return permuted(graph, what(xs.map((x) => permuted(graph, x, order))), inverse(order))
}

/** Appends what works along the last axis, on several as if they were one, or on none as on one of size 1; and keeps the shape. @param axes counted from 0 */
export function alongSeveral(graph: Graph, x: Node, axes: readonly number[], what: (x: Node) => Node): Node {
  const order = toTheEnd(x.shape.length, axes)
  const moved = permuted(graph, x, order)
  const rest = moved.shape.slice(0, moved.shape.length - axes.length)
  const y = what(graph.view(moved, [...rest, sizeOf(moved.shape.slice(rest.length))]))
  return permuted(graph, graph.view(y, moved.shape), inverse(order))
}
