/** Ops that no single dispatch can do as they stand become several that can. After gradients, before the plan: one op is one dispatch. */
import { dense } from '../kernels/dense/dense.ts'
import { splitRows } from '../parameter.ts'
import { sizeOf } from '../shape.ts'
import { isOp, rewrite, type Graph } from './graph.ts'

/**
 * A dense layer whose weights exceed one storage binding becomes a chain of dense ops over row ranges of w, each adding to the
 * one before through the residual input; bias and activation come with the last. VGG's fc1 (411 MB) needs it.
 * @param maxTensorBytes largest tensor that a binding can hold.
 */
export function lower(graph: Graph, maxTensorBytes: number): Graph {
  return rewrite(graph, (node, to, g) => {
    const w = node.inputs[1]
    if (!isOp(node, dense) || w?.kind !== 'parameter' || 4 * sizeOf(w.shape) <= maxTensorBytes) return undefined
    const [x, , b, r, s] = node.inputs.map((i) => i && to(i))
    const parts = splitRows(w.shape, maxTensorBytes)
    let sum = r
    parts.forEach((rows, i) => {
      const last = i === parts.length - 1
      const activation = last ? node.attrs.activation : 'linear'
      sum = g.add(dense, [x, g.parameterRows(w.parameter, rows), last ? b : undefined, sum, s], { activation, xBegin: rows[0] })
    })
    return sum
  })
}
