/** Max pools that are trained through: a byte for each window is kept for the backward pass, instead of all that was pooled. */
import { maxPool } from '../kernels/max_pool.ts'
import { fitsByte, maxPoolArgmax } from '../kernels/max_pool_argmax.ts'
import { maxPoolAt } from '../kernels/max_pool_at.ts'
import type { Parameter } from '../parameter.ts'
import { dependents } from './grad.ts'
import { isOp, rewrite, type Graph } from './graph.ts'

/**
 * maxPool above anything that changes becomes maxPoolArgmax and maxPoolAt, whose gradient reads the bytes alone: the same bits. Before
 * gradients. Windows of more elements than a byte tells apart are left alone.
 * @param changes whether a parameter needs a gradient
 */
export function noteMaxima(graph: Graph, changes: (parameter: Parameter) => boolean): Graph {
  const roots = graph.nodes.filter((n) => n.kind === 'parameter' && changes(n.parameter))
  const above = dependents(graph, roots)
  return rewrite(graph, (node, { g, to }) => {
    if (!isOp(node, maxPool) || !above.has(node.id) || !fitsByte(node.attrs)) return undefined
    const x = to(node.inputs[0]!)
    return g.add(maxPoolAt, [x, g.add(maxPoolArgmax, [x], node.attrs)], node.attrs)
  })
}
