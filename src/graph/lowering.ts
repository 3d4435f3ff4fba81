/** What rules of lowering work with. */
import type { Caps } from '../caps.ts'
import { bytesOf } from '../dtype.ts'
import { concat } from '../kernels/concat.ts'
import type { Slice } from '../kernels/kernel.ts'
import { splitRows, type Rows } from '../parameter.ts'
import type { Graph, Node, OpNode, Rewriting } from './graph.ts'

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

/** Row ranges of a tensor that exceeds a binding; undefined for one that does not. */
export function rangesOf(n: Node | undefined, { maxTensorBytes }: Context): Rows[] | undefined {
  return n && bytesOf(n) > maxTensorBytes ? splitRows(n.shape, maxTensorBytes) : undefined
}

/** The rows of each part of a tensor that exists in parts only; undefined for another. */
export function rowsOf(n: Node, c: Context): readonly Rows[] | undefined {
  return n.kind === 'parameter' ? rangesOf(n, c) : c.split.get(n)?.map(({ rows }) => rows)
}

/** One of them. */
export function partOf(n: Node, rows: Rows, at: number, { g, split }: Context): Node {
  return n.kind === 'parameter' ? g.parameterRows(n.parameter, rows) : split.get(n)![at]!.node
}

/** Tensors joined along their last axis. */
export function sideBySide(g: Graph, parts: readonly Node[]): Node {
  const atOnce = concat.inputs.length
  if (parts.length === 1) return parts[0]!
  const groups = Array.from({ length: Math.ceil(parts.length / atOnce) }, (_, i) => parts.slice(i * atOnce, (i + 1) * atOnce))
  return sideBySide(
    g,
    groups.map((some) => (some.length === 1 ? some[0]! : g.add(concat, some, {}))),
  )
}
