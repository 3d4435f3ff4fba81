/**
 * Transpositions and views where they cost least: those that undo each other go, and what works value by value is done before them, where it may be
 * fused into the op that computes the values. Layers with their channels first, or along other axes than the last, are emitted each by itself; so a
 * network of them is transposed at its ends only.
 */
import { activation } from '../kernels/activation/activation.ts'
import { batchNorm } from '../kernels/batch_norm.ts'
import { combine } from '../kernels/combine.ts'
import { transpose } from '../kernels/transpose.ts'
import { sameShape } from '../shape.ts'
import { isOp, rewrite, storageOf, type Graph, type Node, type OpNode, type Rule, type ViewNode } from './graph.ts'

/** A graph that gives the same values. Before gradients: what is differentiated by must not be a transposition or a view. */
export function laidOut(graph: Graph): Graph {
  return graph.nodes.some((n) => isOp(n, transpose) || (n.kind === 'op' && n.inputs.some((i) => i?.kind === 'view')))
    ? rewrite(graph, merged, valueByValue, sameChannels)
    : graph
}

/** A view of a view, and a transposition of a transposition, are one. */
const merged: Rule = (node, { g, to }) => {
  if (node.kind === 'view') return g.view(storageOf(to(node.inputs[0])), node.shape)
  if (!isOp(node, transpose)) return undefined
  const x = to(node.inputs[0]!)
  if (!isOp(x, transpose)) return undefined
  const axes = node.attrs.axes.map((a) => x.attrs.axes[a]!)
  const source = x.inputs[0]!
  return axes.every((a, i) => a === i) ? source : g.add(transpose, [source], { axes })
}

type Moved = ViewNode | OpNode<{ readonly axes: readonly number[] }>

/** Whether a node moves values only, without a change. */
const moves = (n: Node): n is Moved => n.kind === 'view' || isOp(n, transpose)

/** Whether both move their values alike. */
function alike(a: Moved, b: Node): b is Moved {
  if (!moves(b) || !sameShape(a.shape, b.shape) || !sameShape(a.inputs[0]!.shape, b.inputs[0]!.shape)) return false
  return a.kind === 'view' ? b.kind === 'view' : b.kind !== 'view' && sameShape(a.attrs.axes, b.attrs.axes)
}

/** Activations, and sums and the like of tensors that are moved alike, before they are moved. */
const valueByValue: Rule = (node, { g, to }) => {
  if (!isOp(node, activation) && !isOp(node, combine)) return undefined
  const [first, ...others] = node.inputs.flatMap((x) => (x ? [to(x)] : []))
  const before = (x: Node, rest: readonly Node[]): Node => {
    if (!moves(x) || !rest.every((r) => alike(x, r))) return g.add(node.op, [x, ...rest], node.attrs)
    const y = before(
      x.inputs[0]!,
      rest.map((r) => r.inputs[0]!),
    )
    return x.kind === 'view' ? g.view(y, x.shape) : g.add(transpose, [y], x.attrs)
  }
  return moves(first!) ? before(first, others) : undefined
}

/** Batch normalisation before a view that keeps the channels. */
const sameChannels: Rule = (node, { g, to }) => {
  if (!isOp(node, batchNorm)) return undefined
  const [x, ...weights] = node.inputs.map((i) => i && to(i))
  if (x?.kind !== 'view' || x.inputs[0].shape.at(-1) !== x.shape.at(-1)) return undefined
  return g.view(g.add(batchNorm, [x.inputs[0], ...weights], node.attrs), x.shape)
}
