/** Graphs as text, by which the plans of equal ones are known. */
import { reachable, type Graph, type Node } from '../graph/graph.ts'
import { attrsText } from '../kernels/kernel.ts'

const numbers = new WeakMap<object, number>()
let count = 0

/** Tells a thing from all others, such as parameters of one name. */
export function numberOf(thing: object): number {
  let number = numbers.get(thing)
  if (number === undefined) numbers.set(thing, (number = count++))
  return number
}

function textOf(n: Node, at: (n: Node | undefined) => number | undefined): string {
  const what = `${n.kind}:${n.dtype}[${n.shape.join()}](${n.inputs.map(at).join()})`
  if (n.kind === 'input') return `${what} ${n.name}`
  if (n.kind === 'parameter') return `${what} ${numberOf(n.parameter)} ${n.rows?.join() ?? ''}`
  return n.kind === 'op' ? `${what} ${numberOf(n.op)} ${n.updates.map(at).join()} ${attrsText(n.attrs)}` : what
}

/** All that a plan of this graph depends on: equal texts, of graphs that need not be the same, are of plans that do the same. */
export function keyOfGraph(graph: Graph): string {
  const alive = reachable(graph)
  const places = new Map<Node, number>()
  const at = (n: Node | undefined) => n && places.get(n)
  const lines: string[] = []
  for (const n of graph.nodes) {
    if (!alive.has(n.id)) continue
    lines.push(textOf(n, at))
    places.set(n, places.size)
  }
  for (const [name, n] of graph.outputs) lines.push(`${name}=${at(n)}`)
  return lines.join('\n')
}
