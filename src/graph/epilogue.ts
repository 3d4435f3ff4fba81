/** What folding and fusing share: ops that something can still be put into. */
import type { OpNode, Node } from './graph.ts'

/** Attrs of an op with an epilogue. */
export interface Activated {
  readonly activation: 'linear' | 'relu'
}

/** An op with an epilogue that nothing has been fused into yet beyond a bias, and that only one node reads. */
export function openEpilogue(n: Node | undefined, counts: readonly number[]): n is OpNode {
  if (n?.kind !== 'op' || !n.op.epilogue || counts[n.id] !== 1) return false
  return (n.attrs as Activated).activation === 'linear' && !n.inputs[n.op.epilogue.residual]
}
