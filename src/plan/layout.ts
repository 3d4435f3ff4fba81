/**
 * What a plan runs and which tensors share memory. Pure: parameters live in their store, what is folded from them is kept from run to run, and
 * everything else (inputs, intermediates, outputs) is in slots that are free again when its last reader has run.
 */
import { bytesOf } from '../dtype.ts'
import {
  reachable,
  storageOf,
  type Graph,
  type InputNode,
  type JoinNode,
  type Node,
  type OpNode,
  type ParameterNode,
} from '../graph/graph.ts'
import type { Parameter } from '../parameter.ts'
import { colour, type Lifetime } from './memory.ts'
import { packed, strideOf, type PackNode, type PackOptions, type Step } from './pack.ts'
import { updatesFirst } from './schedule.ts'

/** What a plan runs. */
export interface Program {
  /** Ops that depend on parameters alone, in order. They run first, and only when those parameters have changed. */
  readonly prepare: readonly OpNode[]
  /** Those of them that are read by a step or from outside. */
  readonly kept: readonly OpNode[]
  /** All other ops, in order. They run when the inputs are in place. */
  readonly steps: readonly Step[]
  readonly inputs: readonly InputNode[]
  readonly outputs: ReadonlyMap<string, Node>
  /** Parameters that a run changes. */
  readonly updated: readonly Parameter[]
  /** The tensors that ops write a part of, by these ops. */
  readonly wholes: ReadonlyMap<Node, JoinNode | PackNode>
}

export interface Layout extends Program {
  /** Slot of every input, intermediate and output, by the id of its node. */
  readonly slotOf: ReadonlyMap<number, number>
  /** Bytes before a tensor in its slot, by the id of its node. Absent: none. */
  readonly offsetOf: ReadonlyMap<number, number>
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

/** The tensors that ops write their slices of, and those that they write one behind the other. */
function wholesOf(nodes: readonly Node[], steps: readonly Step[]): Map<Node, JoinNode | PackNode> {
  const packs = steps.flatMap(({ inputs }) => inputs.filter((n) => n?.kind === 'pack'))
  const wholes = [...nodes.filter((n) => n.kind === 'join'), ...packs.filter((n) => n.inputs[0]!.kind === 'op')]
  return new Map(wholes.flatMap((whole) => whole.inputs.map((n) => [n, whole] as const)))
}

/** The storage behind a node, or the pack that it is. */
const tensorOf = (n: Node | PackNode): Node | PackNode => (n.kind === 'pack' ? n : storageOf(n))

/** Lifetimes of all tensors in slots: the prepared ops come first, then the inputs are written, then come the steps and the readback. */
function lifetimes({ prepare, kept, steps, inputs, outputs, wholes }: Program): Lifetime[] {
  const written = new Map<Node | PackNode, number>()
  const until = new Map<number, number>()
  const wholeOf = (n: Node | PackNode) => (n.kind === 'pack' ? n : (wholes.get(storageOf(n)) ?? storageOf(n)))
  const visit = (ops: readonly Step[], first: number) =>
    ops.forEach((n, i) => {
      const tensor = wholes.get(n as OpNode) ?? (n as OpNode)
      if (n.op.output !== null && !written.has(tensor)) written.set(tensor, first + i)
      for (const x of n.inputs) if (x) until.set(wholeOf(x).id, first + i)
    })
  visit(prepare, 0)
  for (const n of inputs) written.set(n, prepare.length)
  visit(steps, prepare.length + 1)
  for (const n of kept) written.delete(n)
  for (const n of outputs.values()) until.set(storageOf(n).id, Infinity)
  return [...written].map(([n, from]) => ({ id: n.id, bytes: bytesOf(n), from, until: until.get(n.id) ?? from }))
}

/** @param pack how updates are packed */
export function programOf(graph: Graph, pack: PackOptions): Program {
  const alive = reachable(graph)
  const nodes = graph.nodes.filter((n) => alive.has(n.id))
  const ops = nodes.filter(isOp)
  const updated = new Set(ops.flatMap((n) => n.updates.map((u) => u.parameter)))
  const moving = changing(nodes, updated)
  const prepare = ops.filter((n) => !moving.has(n.id))
  const steps = packed(updatesFirst(ops.filter((n) => moving.has(n.id))), graph, pack)
  const inputs = nodes.filter((n): n is InputNode => n.kind === 'input')
  const readers = [...steps.flatMap((n) => n.inputs), ...graph.outputs.values()]
  const read = new Set(readers.map((n) => n && tensorOf(n)))
  const kept = prepare.filter((n) => read.has(n))
  return { prepare, kept, steps, inputs, outputs: graph.outputs, updated: [...updated], wholes: wholesOf(nodes, steps) }
}

/** @param slots bytes of the slots that are there already */
export function layOut(program: Program, slots: readonly number[] = []): Layout {
  const { slotOf, slotBytes } = colour(lifetimes(program), slots)
  const parts = [...program.wholes].map(([n, whole]) => [n.id, slotOf.get(whole.id)!] as const)
  return { ...program, slotOf: new Map([...slotOf, ...parts]), offsetOf: offsetsOf(new Set(program.wholes.values())), slotBytes }
}

/** Where in packs the tensors begin, by the ids of their nodes. */
function offsetsOf(wholes: Iterable<JoinNode | PackNode>): Map<number, number> {
  const offsets = new Map<number, number>()
  for (const { kind, inputs } of wholes) {
    if (kind !== 'pack') continue
    let offset = 0
    for (const n of inputs) {
      offsets.set(n.id, offset)
      offset += strideOf(n)
    }
  }
  return offsets
}

/** Parameters, or rows of them, that ops bind. */
export function parametersOf({ prepare, steps }: Program): ParameterNode[] {
  const bound = [...prepare, ...steps].flatMap((n) => [...n.inputs, ...n.updates].flatMap((i) => (i ? tensorsOf(i) : [])))
  return [...new Set(bound)].filter((n) => n.kind === 'parameter')
}

const tensorsOf = (n: Node | PackNode): readonly Node[] => (n.kind === 'pack' ? n.inputs : [storageOf(n)])

/** Parameters that one binding is of. */
export function packsOf({ steps }: Program): Parameter[][] {
  const packs = steps.flatMap((n) => [...n.inputs, ...n.updates].filter((i) => i?.kind === 'pack'))
  return packs.map(({ inputs }) => inputs.flatMap((n) => (n.kind === 'parameter' ? [n.parameter] : []))).filter((pack) => pack.length)
}

/** Bytes of the largest tensor that a plan of this graph would bind, parameters left out. */
export function largestTensorBytes(graph: Graph): number {
  const alive = reachable(graph)
  return graph.nodes.reduce((most, n) => (alive.has(n.id) && n.kind !== 'parameter' ? Math.max(most, bytesOf(n)) : most), 0)
}
