/** What a rule of lowering works with. */
import type { Caps } from '../caps.ts'
import type { Slice } from '../kernels/kernel.ts'
import type { Rows } from '../parameter.ts'
import type { Node, OpNode, Rewriting } from './graph.ts'

/** Some rows of a tensor that does not exist as a whole. */
export interface Part {
  readonly rows: Rows
  readonly node: Node
}

export interface Context extends Rewriting {
  readonly maxTensorBytes: number
  readonly caps: Caps
  /** Tensors of the old graph that exist in parts only. */
  readonly split: Map<Node, readonly Part[]>
  /** Where an op of the old graph writes that is an input of a concat, by its id. */
  readonly slices: ReadonlyMap<number, Slice>
}

/** What takes the place of a node; undefined where the rule is not about it. */
export type Lowering = (node: OpNode, c: Context) => Node | undefined
