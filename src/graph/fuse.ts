/**
 * Residual adds and activations fused into the epilogue of the op before them. After gradients: an op whose value the backward pass reads
 * has a second reader and is left alone, and what reads the fused value itself (relu's gradient) reads the fused op.
 */
import { add } from '../kernels/add.ts'
import { relu } from '../kernels/relu.ts'
import { openEpilogue, type Activated } from './epilogue.ts'
import { consumerCounts, isOp, rewrite, type Graph, type Node } from './graph.ts'

/** conv2d, depthwiseConv2d or dense, then add and/or relu: the add becomes the residual input, the relu the activation. */
export function fuseEpilogues(graph: Graph): Graph {
  return fuseActivations(fuseResiduals(graph))
}

function fuseResiduals(graph: Graph): Graph {
  const counts = consumerCounts(graph)
  return rewrite(graph, (node, to, g) => {
    if (!isOp(node, add)) return undefined
    const [a, b] = node.inputs as [Node, Node]
    const into = openEpilogue(b, counts) ? b : openEpilogue(a, counts) ? a : undefined
    if (!into || a === b) return undefined
    const inputs = into.inputs.map((i) => i && to(i))
    inputs[into.op.epilogue!.residual] = to(into === b ? a : b)
    return g.add(into.op, inputs, { ...into.attrs, activation: node.attrs.activation })
  })
}

function fuseActivations(graph: Graph): Graph {
  const counts = consumerCounts(graph)
  return rewrite(graph, (node, to, g) => {
    const x = node.inputs[0]
    if (!isOp(node, relu) || x?.kind !== 'op' || counts[x.id] !== 1) return undefined
    if ((x.attrs as Partial<Activated>).activation !== 'linear') return undefined
    return g.add(
      x.op,
      x.inputs.map((i) => i && to(i)),
      { ...x.attrs, activation: 'relu' },
    )
  })
}
