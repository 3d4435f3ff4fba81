/** How much a graph computes. */
import { reachable, type Graph, type OpNode } from '../src/graph/graph.ts'

/** Floating-point operations of one run, as the ops count them. */
export function flopsOf(graph: Graph): number {
  const alive = reachable(graph)
  const ops = graph.nodes.filter((node): node is OpNode => node.kind === 'op' && alive.has(node.id))
  return ops.reduce(
    (sum, { op, inputs, shape, attrs }) => sum + op.cost({ inputs: inputs.map((i) => i?.shape), output: shape, attrs }).flops,
    0,
  )
}
