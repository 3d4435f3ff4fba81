/** The order in which a plan runs its ops. */
import { storageOf, type Node, type OpNode } from '../graph/graph.ts'
import type { Parameter } from '../parameter.ts'

/**
 * Moves every op that changes parameters forward to where it can run first: behind what it reads, and behind all that comes before it and
 * touches the same parameters. An optimizer then updates a weight as soon as its gradient is complete, and one gradient lives at a time
 * instead of all of them. Other ops stay in order.
 */
export function updatesFirst(ops: readonly OpNode[]): OpNode[] {
  const start: OpNode[] = []
  const behind: OpNode[][] = ops.map(() => []) // the updates that follow each op
  const places = new Map<number, number>() // op -> index in ops
  const touched = new Map<Parameter, number>() // where it was read or changed last
  ops.forEach((n, i) => {
    const reads = n.inputs.flatMap(writersOf)
    const parameters = [...reads, ...n.updates].flatMap((p) => (p.kind === 'parameter' ? [p.parameter] : []))
    let place = i
    if (n.updates.length) {
      place = Math.max(-1, ...reads.map((x) => places.get(x.id) ?? -1), ...parameters.map((p) => touched.get(p) ?? -1))
      ;(behind[place] ?? start).push(n)
    }
    places.set(n.id, place)
    for (const p of parameters) touched.set(p, Math.max(place, touched.get(p) ?? -1))
  })
  return [...start, ...ops.flatMap((n, i) => (n.updates.length ? [] : [n, ...behind[i]!]))]
}

/** What an input is written by, or the parameter that it is. */
function writersOf(x: Node | undefined): readonly Node[] {
  if (!x) return []
  const storage = storageOf(x)
  return storage.kind === 'join' ? storage.inputs : [storage]
}
