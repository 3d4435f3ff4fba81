/**
 * Transpositions and views where they cost least: those that undo each other go, and what works value by value, or joins tensors, is done before they
 * are moved, where it may be fused into the op that computes the values. Layers with their channels first, or along other axes than the last, are
 * emitted each by itself; so a network of them is transposed at its ends only.
 */
import { activation } from '../kernels/activation/activation.ts'
import { batchNorm } from '../kernels/batch_norm.ts'
import { combine } from '../kernels/combine.ts'
import { concat } from '../kernels/concat.ts'
import { transpose, type TransposeAttrs } from '../kernels/transpose.ts'
import { sameShape, sizeOf, type Shape } from '../shape.ts'
import { isOp, rewrite, type Graph, type Node, type OpNode, type Rule, type ViewNode } from './graph.ts'

/** A graph that gives the same values. Before gradients: what is differentiated by must not be a transposition or a view (`unmoved`). */
export function laidOut(graph: Graph): Graph {
  return graph.nodes.some((n) => isOp(n, transpose) || (n.kind === 'op' && n.inputs.some((i) => i?.kind === 'view')))
    ? rewrite(graph, merged, valueByValue, joined, sameChannels)
    : graph
}

type Transposed = OpNode<TransposeAttrs>

/** A node that moves values only, without a change. */
type Moved = ViewNode | Transposed

const moves = (n: Node | undefined): n is Moved => n?.kind === 'view' || isOp(n, transpose)

/** Another node's values, moved as this one's are. */
const movedAs = (g: Graph, like: Moved, x: Node): Node => (like.kind === 'view' ? g.view(x, like.shape) : g.add(transpose, [x], like.attrs))

/** What a node has, before it was moved; and how to move what has its shape in the same way. */
export function unmoved(n: Node): { readonly node: Node; readonly moved: (g: Graph, x: Node) => Node } {
  if (!moves(n)) return { node: n, moved: (_, x) => x }
  const { node, moved } = unmoved(n.inputs[0]!)
  return { node, moved: (g, x) => movedAs(g, n, moved(g, x)) }
}

/** Whether the values stay in their order: only axes of size 1 change places. */
function inOrder(shape: Shape, axes: readonly number[]): boolean {
  const long = axes.filter((a) => shape[a] !== 1)
  return long.every((a, i) => i === 0 || a > long[i - 1]!)
}

/** A transposition of a transposition is one; one that leaves the values in their order is a view. */
const merged: Rule = (node, { g, to }) => {
  if (!isOp(node, transpose)) return undefined
  const x = to(node.inputs[0]!)
  const before = isOp(x, transpose) ? x : undefined
  const [source, axes] = before ? [before.inputs[0]!, node.attrs.axes.map((a) => before.attrs.axes[a]!)] : [x, node.attrs.axes]
  if (inOrder(source.shape, axes)) return g.view(source, node.shape)
  return before && g.add(transpose, [source], { axes })
}

/** Makes what a tensor is before it is moved as another one; undefined where it is not moved so, and does not lie the same either way. */
function sourceOf(g: Graph, x: Node, like: Moved): (() => Node) | undefined {
  if (like.kind === 'view') {
    const alike = x.kind === 'view' && sameShape(x.shape, like.shape) && sameShape(x.inputs[0].shape, like.inputs[0].shape)
    return alike ? () => x.inputs[0] : undefined
  }
  const { axes } = like.attrs
  if (isOp(x, transpose) && sameShape(x.attrs.axes, axes)) return () => x.inputs[0]!
  const back = axes.map((_, i) => axes.indexOf(i))
  if (x.shape.length !== axes.length || !inOrder(x.shape, back)) return undefined
  return () => {
    const shape = back.map((a) => x.shape[a]!)
    return g.view(x, shape)
  }
}

/** An op that works value by value, on tensors that are moved alike: before they are moved. */
function beforeMoves(g: Graph, node: OpNode, xs: readonly Node[]): Node | undefined {
  const like = xs.find((x) => isOp(x, transpose)) ?? xs[0]
  const sources = moves(like) ? xs.map((x) => sourceOf(g, x, like)) : []
  if (!moves(like) || !sources.every((s) => s !== undefined)) return undefined
  const before = sources.map((source) => source())
  return movedAs(g, like, beforeMoves(g, node, before) ?? g.add(node.op, before, node.attrs))
}

/** Activations, and sums and the like. */
const valueByValue: Rule = (node, { g, to }) =>
  isOp(node, activation) || isOp(node, combine)
    ? beforeMoves(
        g,
        node,
        node.inputs.flatMap((x) => (x ? [to(x)] : [])),
      )
    : undefined

/** A transposition, be it under another shape. */
const transposed = (n: Node): Transposed | undefined => (n.kind === 'view' ? transposed(n.inputs[0]) : isOp(n, transpose) ? n : undefined)

/**
 * Tensors side by side along an axis that was the last before they were transposed: joined there, where the ops that compute them can write beside each
 * other (slices.ts). Along another axis than the last, tensors are joined as rows of all that lies behind it.
 */
const joined: Rule = (node, { g, to }) => {
  if (!isOp(node, concat)) return undefined
  const xs = node.inputs.flatMap((x) => (x ? [transposed(to(x))] : []))
  const [first] = xs
  if (!first || !xs.every((x) => x !== undefined)) return undefined
  const { axes } = first.attrs
  const [last, lead] = [axes.length - 1, first.inputs[0]!.shape.slice(0, -1)]
  const alike = xs.every((x) => sameShape(x.attrs.axes, axes) && sameShape(x.inputs[0]!.shape.slice(0, -1), lead))
  const rows = sizeOf(first.shape.slice(0, axes.indexOf(last)))
  if (!alike || node.inputs.some((x) => x && sizeOf(x.shape.slice(0, -1)) !== rows)) return undefined
  const sources = xs.map((x) => x.inputs[0]!)
  return g.view(g.add(transpose, [g.add(concat, sources, {})], { axes }), node.shape)
}

/** Batch normalisation before a view that keeps the channels. */
const sameChannels: Rule = (node, { g, to }) => {
  if (!isOp(node, batchNorm)) return undefined
  const [x, ...weights] = node.inputs.map((i) => i && to(i))
  if (x?.kind !== 'view' || x.inputs[0].shape.at(-1) !== x.shape.at(-1)) return undefined
  return g.view(g.add(batchNorm, [x.inputs[0], ...weights], node.attrs), x.shape)
}
