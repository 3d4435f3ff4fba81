/** Gives every tensor of a graph a buffer: parameters where they live, inputs and outputs their own, intermediates by liveness. */
import type { ParameterStore } from './parameter_store.ts'
import { sizeOf } from '../shape.ts'
import { reachable, storageOf, type Graph, type InputNode, type Node, type OpNode } from '../graph/graph.ts'
import { colour, type Lifetime } from './memory.ts'
import { updatesFirst } from './schedule.ts'
import type { Parameter } from '../parameter.ts'

export interface Layout {
  /** Ops that depend on parameters alone, in order. */
  readonly prepare: readonly OpNode[]
  /** All other ops, in order. */
  readonly steps: readonly OpNode[]
  readonly inputs: readonly InputNode[]
  readonly outputs: ReadonlyMap<string, Node>
  /** Parameters that the prepare ops read. */
  readonly prepareParameters: readonly Parameter[]
  /** Parameters that a run changes. */
  readonly updated: readonly Parameter[]
  /** Every buffer made for this plan. */
  readonly owned: GPUBuffer[]
  bufferOf(node: Node): GPUBuffer
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

/** Lifetimes of the tensors that only steps see. */
function lifetimes(steps: readonly OpNode[], kept: ReadonlySet<number>): Lifetime[] {
  const until = new Map<number, number>()
  steps.forEach((n, at) => {
    for (const i of n.inputs) if (i) until.set(storageOf(i).id, at)
  })
  return steps.flatMap((n, from) =>
    n.op.output === null || kept.has(n.id) ? [] : [{ id: n.id, bytes: 4 * sizeOf(n.shape), from, until: until.get(n.id) ?? from }],
  )
}

/**
 * Lays out a graph and makes its buffers.
 * @throws DeviceError `limit` naming the tensor that does not fit, or `out-of-memory`; nothing stays allocated then.
 */
export async function layOut(store: ParameterStore, graph: Graph): Promise<Layout> {
  const { device } = store
  const alive = reachable(graph)
  const nodes = graph.nodes.filter((n) => alive.has(n.id))
  const ops = nodes.filter(isOp)
  const updated = new Set(ops.flatMap((n) => n.updates.map((u) => u.parameter)))
  const moving = changing(nodes, updated)
  const prepare = ops.filter((n) => !moving.has(n.id))
  const steps = updatesFirst(ops.filter((n) => moving.has(n.id)))
  const inputs = nodes.filter((n): n is InputNode => n.kind === 'input')
  const kept = new Set([...prepare.map((n) => n.id), ...[...graph.outputs.values()].map((n) => storageOf(n).id)])

  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
  const { slotOf, slotBytes } = colour(lifetimes(steps, kept))
  const buffers = new Map<number, GPUBuffer>()
  const owned = await device.allocate('plan', () => {
    const names = new Map(steps.map((n) => [slotOf.get(n.id), `${n.name} (${n.op.name})`]))
    const slots = slotBytes.map((bytes, slot) => device.createBuffer(names.get(slot)!, bytes, usage))
    for (const [id, slot] of slotOf) buffers.set(id, slots[slot]!)
    const own = [...inputs, ...ops.filter((n) => kept.has(n.id))].map((n) => {
      const buffer = device.createBuffer(n.name, 4 * sizeOf(n.shape), usage)
      buffers.set(n.id, buffer)
      return buffer
    })
    return [...slots, ...own]
  })
  const bufferOf = (node: Node): GPUBuffer => {
    const n = storageOf(node)
    return n.kind === 'parameter' ? store.buffer(n.parameter, n.rows) : buffers.get(n.id)!
  }
  const prepareParameters = [...new Set(prepare.flatMap((n) => n.inputs.flatMap((i) => (i?.kind === 'parameter' ? [i.parameter] : []))))]
  return { prepare, steps, inputs, outputs: graph.outputs, prepareParameters, updated: [...updated], owned, bufferOf }
}

/** Bytes of the largest tensor that a plan of this graph would bind, parameters left out. */
export function largestTensorBytes(graph: Graph): number {
  const alive = reachable(graph)
  return Math.max(0, ...graph.nodes.filter((n) => alive.has(n.id) && n.kind !== 'parameter').map((n) => 4 * sizeOf(n.shape)))
}
