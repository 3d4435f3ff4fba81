/**
 * What a plan runs and which tensors share memory. Pure: parameters live in their store, what is folded from them is kept from run to run, and
 * everything else (inputs, intermediates, outputs) is in slots that are free again when its last reader has run.
 */
import { bytesOf } from '../dtype.ts'
import { reachable, storageOf, type Graph, type InputNode, type JoinNode, type Node, type OpNode } from '../graph/graph.ts'
import type { Parameter } from '../parameter.ts'
import { colour, type Lifetime } from './memory.ts'
import { updatesFirst } from './schedule.ts'

export interface Layout {
  /** Ops that depend on parameters alone, in order. They run first, and only when those parameters have changed. */
  readonly prepare: readonly OpNode[]
  /** Those of them that are read by a step or from outside. */
  readonly kept: readonly OpNode[]
  /** All other ops, in order. They run when the inputs are in place. */
  readonly steps: readonly OpNode[]
  readonly inputs: readonly InputNode[]
  readonly outputs: ReadonlyMap<string, Node>
  /** Parameters that a run changes. */
  readonly updated: readonly Parameter[]
  /** Slot of every input, intermediate and output, by the id of its node. */
  readonly slotOf: ReadonlyMap<number, number>
  /** Bytes needed of each slot; 0 for one that is not used. */
  readonly slotBytes: readonly number[]
}

const isOp = (n: Node): n is OpNode => n.kind === 'op'

/** Ids of the nodes whose values may differ from run to run: what inputs or updated state flow into. */
function changing(nodes: readonly Node[], updated: ReadonlySet<Parameter>): Set<number> {
  const set = new Set<number>()
  for (const n of nodes) {
    const own = n.kind === 'input' || (n.kind === 'parameter' && updated.has(n.parameter)) || (isOp(n) && n.updates.length > 0)
    if (own || n.inputs.some((i) => i && set.has(i.id))) set.add(n.id)
  }
  return set
}

/** The joins that ops write their slices of. */
function joinsOf(nodes: readonly Node[]): Map<Node, JoinNode> {
  return new Map(nodes.flatMap((n) => (n.kind === 'join' ? n.inputs.map((i) => [i, n] as const) : [])))
}

/** Lifetimes of all tensors in slots: the prepared ops come first, then the inputs are written, then come the steps and the readback. */
function lifetimes(
  { prepare, kept, steps, inputs, outputs }: Omit<Layout, 'slotOf' | 'slotBytes'>,
  joins: ReadonlyMap<Node, JoinNode>,
): Lifetime[] {
  const written = new Map<Node, number>()
  const until = new Map<number, number>()
  const visit = (ops: readonly OpNode[], first: number) =>
    ops.forEach((n, i) => {
      const tensor = joins.get(n) ?? n
      if (n.op.output !== null && !written.has(tensor)) written.set(tensor, first + i)
      for (const x of n.inputs) if (x) until.set(storageOf(x).id, first + i)
    })
  visit(prepare, 0)
  for (const n of inputs) written.set(n, prepare.length)
  visit(steps, prepare.length + 1)
  for (const n of kept) written.delete(n)
  for (const n of outputs.values()) until.set(storageOf(n).id, Infinity)
  return [...written].map(([n, from]) => ({ id: n.id, bytes: bytesOf(n), from, until: until.get(n.id) ?? from }))
}

/** @param slots bytes of the slots that are there already */
export function layOut(graph: Graph, slots: readonly number[] = []): Layout {
  const alive = reachable(graph)
  const nodes = graph.nodes.filter((n) => alive.has(n.id))
  const ops = nodes.filter(isOp)
  const updated = new Set(ops.flatMap((n) => n.updates.map((u) => u.parameter)))
  const moving = changing(nodes, updated)
  const prepare = ops.filter((n) => !moving.has(n.id))
  const steps = updatesFirst(ops.filter((n) => moving.has(n.id)))
  const inputs = nodes.filter((n): n is InputNode => n.kind === 'input')
  const readers = [...steps.flatMap((n) => n.inputs), ...graph.outputs.values()]
  const read = new Set(readers.map((n) => n && storageOf(n)))
  const kept = prepare.filter((n) => read.has(n))
  const parts = { prepare, kept, steps, inputs, outputs: graph.outputs, updated: [...updated] }
  const joins = joinsOf(nodes)
  const { slotOf, slotBytes } = colour(lifetimes(parts, joins), slots)
  return { ...parts, slotOf: new Map([...slotOf, ...[...joins].map(([n, join]) => [n.id, slotOf.get(join.id)!] as const)]), slotBytes }
}

/** Bytes of the largest tensor that a plan of this graph would bind, parameters left out. */
export function largestTensorBytes(graph: Graph): number {
  const alive = reachable(graph)
  return graph.nodes.reduce((most, n) => (alive.has(n.id) && n.kind !== 'parameter' ? Math.max(most, bytesOf(n)) : most), 0)
}
