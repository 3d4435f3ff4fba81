/**
 * Residual adds and activations fused into the epilogue of the op before them. After gradients: an op whose value the backward pass reads
 * has a second reader and is left alone, and what reads the fused value itself (the gradient of relu or tanh) reads the fused op.
 */
import { activation } from '../kernels/activation/activation.ts'
import { combine } from '../kernels/combine.ts'
import { sameShape } from '../shape.ts'
import { openActivation, openEpilogue } from './epilogue.ts'
import { consumerCounts, isOp, rewrite, type Graph, type Node } from './graph.ts'

/** conv2d, depthwiseConv2d or dense, then a sum and/or an activation: the other summand becomes the residual input. */
export function fuseEpilogues(graph: Graph): Graph {
  return fuseActivations(fuseResiduals(graph))
}

function fuseResiduals(graph: Graph): Graph {
  const counts = consumerCounts(graph)
  return rewrite(graph, (node, to, g) => {
    if (!isOp(node, combine) || node.attrs.kind !== 'add') return undefined
    const [a, b] = node.inputs as readonly [Node, Node]
    const into = openEpilogue(b, counts) ? b : openEpilogue(a, counts) ? a : undefined
    if (!into || a === b || !sameShape(a.shape, b.shape)) return undefined
    const inputs = into.inputs.map((i) => i && to(i))
    inputs[into.op.epilogue!.residual] = to(into === b ? a : b)
    return g.add(into.op, inputs, { ...into.attrs, activation: node.attrs.activation })
  })
}

function fuseActivations(graph: Graph): Graph {
  const counts = consumerCounts(graph)
  return rewrite(graph, (node, to, g) => {
    const x = node.inputs[0]
    if (!isOp(node, activation) || !openActivation(x, counts)) return undefined
    return g.add(
      x.op,
      x.inputs.map((i) => i && to(i)),
      { ...x.attrs, ...node.attrs },
    )
  })
}
