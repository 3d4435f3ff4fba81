/**
 * What the backward pass reads of the forward pass, computed again part by part instead of kept (Chen et al. 2016, "Training Deep Nets with
 * Sublinear Memory Cost"). The same ops on the same inputs: the same bits; what is made of state that moves meanwhile is kept. After gradients,
 * before fusion.
 */
import { bytesOf } from '../dtype.ts'
import { constants, reachable, rewrite, storageOf, updatedBy, type Graph, type Node, type OpNode } from './graph.ts'

/** Tensors of less than this share of a part are kept in any case: moments of batches, losses. */
const SMALL = 1 / 64

/**
 * @param end id of the first node behind the forward pass
 * @param partBytes how many bytes of what the backward pass reads a part may have; the last part is kept, of the others only what later parts read
 * @returns the graph with parts computed again right before the backward pass needs them; the same graph where there is but one part
 */
export function recompute(graph: Graph, end: number, partBytes: number): Graph {
  const dropped = partBytes === Infinity ? new Set<number>() : droppedOf(graph, end, partBytes)
  if (!dropped.size) return graph
  const again = new Map<number, Node>()
  return rewrite(graph, (n, { g, to }) => {
    const remade = (x: Node): Node => {
      if (!dropped.has(storageOf(x).id)) return to(x)
      const known = again.get(x.id)
      if (known) return known
      g.scope = x.name
      const made =
        x.kind === 'view'
          ? g.view(remade(x.inputs[0]), x.shape)
          : g.copy(
              x as OpNode,
              x.inputs.map((i) => i && remade(i)),
            )
      again.set(x.id, made)
      return made
    }
    if (n.id < end || !n.inputs.some((i) => i && dropped.has(storageOf(i).id))) return undefined
    return n.kind === 'view'
      ? g.view(remade(n.inputs[0]), n.shape)
      : g.copy(
          n as OpNode,
          n.inputs.map((i) => i && remade(i)),
        )
  })
}

/** What the parts of a forward pass are cut by. */
interface Forward {
  /** Ops of the forward pass that give a tensor which changes from step to step, in order. */
  readonly ops: readonly OpNode[]
  /** Id of the last op of the forward pass that reads the tensor of each op, by id. */
  readonly lastReader: ReadonlyMap<number, number>
  /** Ids of the ops whose tensors the backward pass reads. */
  readonly needed: ReadonlySet<number>
}

function forwardOf(graph: Graph, end: number): Forward {
  const alive = reachable(graph)
  const fixed = constants(graph)
  const lastReader = new Map<number, number>()
  const needed = new Set<number>()
  for (const n of graph.nodes) {
    if (!alive.has(n.id) || n.kind === 'view') continue
    for (const i of n.inputs) {
      if (!i) continue
      const { id } = storageOf(i)
      if (n.id < end) lastReader.set(id, n.id)
      else needed.add(id)
    }
  }
  const ops = graph.nodes.filter((n) => n.kind === 'op' && n.id < end && alive.has(n.id) && !fixed.has(n.id) && n.op.output !== null)
  return { ops: ops as OpNode[], lastReader, needed }
}

/** Ids of the ops whose tensors are not kept. */
function droppedOf(graph: Graph, end: number, partBytes: number): Set<number> {
  const forward = forwardOf(graph, end)
  const cuts = cutsOf(forward, partBytes)
  const dropped = new Set<number>()
  if (!cuts.length) return dropped
  const { ops, lastReader } = forward
  const outputs = new Set([...graph.outputs.values()].map((n) => storageOf(n).id))
  const moved = updatedBy({ effects: graph.effects.filter((n) => n.id < end) })
  const readsMoved = (n: OpNode) => n.inputs.map((i) => i && storageOf(i)).some((i) => i?.kind === 'parameter' && moved.has(i.parameter))
  const lastCut = ops[cuts.at(-1)!]!.id
  for (const n of ops) {
    if (n.id > lastCut) break
    const crosses = cuts.some((cut) => n.id <= ops[cut]!.id && (lastReader.get(n.id) ?? -1) > ops[cut]!.id)
    if (!crosses && !outputs.has(n.id) && !readsMoved(n) && bytesOf(n) >= SMALL * partBytes) dropped.add(n.id)
  }
  return dropped
}

/** Places in `ops` behind which a part ends: each where the fewest bytes are kept, as late as that is so. */
function cutsOf({ ops, lastReader, needed }: Forward, partBytes: number): number[] {
  const bytes = (n: OpNode) => (needed.has(n.id) ? bytesOf(n) : 0)
  const cost = costs({ ops, lastReader, needed })
  const cuts: number[] = []
  let begin = 0
  let sum = 0
  for (let at = 0; at < ops.length; at++) {
    sum += bytes(ops[at]!)
    if (sum <= partBytes) continue
    let best = begin
    for (let cut = begin; cut < Math.max(at, begin + 1); cut++) if (cost[cut]! <= cost[best]!) best = cut
    cuts.push(best)
    begin = best + 1
    sum = 0
    for (let i = begin; i <= at; i++) sum += bytes(ops[i]!)
  }
  return cuts
}

/** Bytes that a cut behind each op keeps; those that the backward pass would not read itself count twice. */
function costs({ ops, lastReader, needed }: Forward): number[] {
  return ops.map((op, at) => {
    let sum = 0
    for (const n of ops.slice(0, at + 1)) if ((lastReader.get(n.id) ?? -1) > op.id) sum += bytesOf(n) * (needed.has(n.id) ? 1 : 2)
    return sum
  })
}
