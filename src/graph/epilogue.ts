/** What folding and fusing share: ops that something can still be put into. */
import type { EpilogueAttrs } from '../kernels/epilogue.ts'
import type { OpNode, Node } from './graph.ts'

/** An op with an epilogue that nothing has been fused into yet beyond a bias, and that only one node reads. */
export function openEpilogue(n: Node | undefined, counts: readonly number[]): n is OpNode {
  return openActivation(n, counts) && n.op.epilogue !== undefined && !n.inputs[n.op.epilogue.residual]
}

/** An op that can apply an activation at its end and has none yet, and that only one node reads. */
export function openActivation(n: Node | undefined, counts: readonly number[]): n is OpNode {
  return n?.kind === 'op' && counts[n.id] === 1 && (n.attrs as Partial<EpilogueAttrs>).activation === 'linear'
}
