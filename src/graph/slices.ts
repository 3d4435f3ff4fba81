/**
 * Concats without a copy: where every input is computed by an op that can write a slice of a wider tensor, and is read by nobody else, the ops
 * write beside each other into the concat's own tensor.
 */
import { concat } from '../kernels/concat.ts'
import type { Slice } from '../kernels/kernel.ts'
import { constants, isOp, readers, type Graph, type Node, type OpNode } from './graph.ts'

/** The slices that ops may write, by the ids of the ops; and those of concats within concats. */
export function slicesOf(graph: Graph): ReadonlyMap<number, Slice> {
  const slices = new Map<number, Slice>()
  const counts = readers(graph)
  const fixed = constants(graph)
  const writable = (n: Node | undefined): boolean => {
    if (n?.kind !== 'op' || counts.get(n.id) !== 1 || fixed.has(n.id) || n.shape.at(-1)! % 4 !== 0) return false
    const { sliceable, epilogue } = n.op
    return n.op === concat ? inputsOf(n).every(writable) : sliceable === true && !(epilogue && n.inputs[epilogue.residual])
  }
  // The outer concat of several comes last, and tells the inner ones where they begin.
  for (const node of graph.nodes.slice().reverse()) {
    if (!counts.has(node.id) || !isOp(node, concat) || !inputsOf(node).every(writable)) continue
    const outer = slices.get(node.id) ?? { width: node.shape.at(-1)!, begin: 0 }
    let { begin } = outer
    for (const input of inputsOf(node)) {
      slices.set(input.id, { ...outer, begin })
      begin += input.shape.at(-1)!
    }
  }
  return slices
}

/** Inputs of a concat that are there. */
export function inputsOf(node: OpNode): Node[] {
  return node.inputs.filter((i) => i !== undefined)
}
