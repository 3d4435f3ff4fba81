/** What folding and fusing share: ops that something can still be put into. */
import type { EpilogueAttrs } from '../kernels/epilogue.ts'
import type { Node, OpNode } from './graph.ts'

/** An op with an epilogue that nothing has been fused into yet beyond a bias and a scale. */
export function openEpilogue(n: Node | undefined): n is OpNode {
  return openActivation(n) && n.op.epilogue !== undefined && !n.inputs[n.op.epilogue.residual]
}

/** An op that can apply an activation at its end and has none yet. */
export function openActivation(n: Node | undefined): n is OpNode {
  return n?.kind === 'op' && (n.attrs as Partial<EpilogueAttrs>).activation === 'linear'
}
