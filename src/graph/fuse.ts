/**
 * Residual adds and activations fused into the epilogue of the op before them. After gradients: an op whose value the backward pass reads
 * has a second reader and is left alone, and what reads the fused value itself (the gradient of relu or tanh) reads the fused op.
 */
import { activation } from '../kernels/activation/activation.ts'
import { combine } from '../kernels/combine.ts'
import { sameShape } from '../shape.ts'
import { openActivation, openEpilogue } from './epilogue.ts'
import { isOp, rewrite, type Graph, type Node, type OpNode, type Rewriting, type Rule } from './graph.ts'

/** conv2d, depthwiseConv2d or dense, then a sum and/or an activation: the other summand becomes the residual input. */
export const epilogueFusing: Rule = (node, c) => fusedResidual(node, c) ?? fusedActivation(node, c)

/** A graph after `epilogueFusing`. */
export function fuseEpilogues(graph: Graph): Graph {
  return rewrite(graph, epilogueFusing)
}

function fusedResidual(node: Node, { g, to, readers }: Rewriting): Node | undefined {
  if (!isOp(node, combine) || node.attrs.kind !== 'add') return undefined
  const [a, b] = node.inputs as readonly [Node, Node]
  if (a === b || !sameShape(a.shape, b.shape)) return undefined
  const into = [b, a].find((n) => readers(n) === 1 && openEpilogue(to(n)))
  if (!into) return undefined
  const x = to(into) as OpNode
  const inputs = [...x.inputs]
  inputs[x.op.epilogue!.residual] = to(into === b ? a : b)
  return g.add(x.op, inputs, { ...x.attrs, activation: node.attrs.activation })
}

function fusedActivation(node: Node, { g, to, readers }: Rewriting): Node | undefined {
  if (!isOp(node, activation) || readers(node.inputs[0]!) > 1) return undefined
  const x = to(node.inputs[0]!)
  return openActivation(x) ? g.add(x.op, x.inputs, { ...x.attrs, ...node.attrs }) : undefined
}
