/** Activations that layers take by name. */
import { ArgumentError } from '../errors.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { relu } from '../kernels/relu.ts'
import { softmax } from '../kernels/softmax.ts'

export type Activation = 'linear' | 'relu' | 'softmax'

const KNOWN: readonly Activation[] = ['linear', 'relu', 'softmax']

/** @throws ArgumentError for a name that is not known. */
export function checkActivation(layer: string, name: string | undefined): Activation {
  const found = KNOWN.find((k) => k === (name ?? 'linear'))
  if (!found) throw new ArgumentError(layer, `activation must be one of ${KNOWN.join(', ')}, got ${name}`)
  return found
}

/** Appends the activation. Fusion into the op before it is the graph's business. */
export function activate(graph: Graph, x: Node, activation: Activation): Node {
  if (activation === 'relu') return graph.add(relu, [x], {})
  if (activation === 'softmax') return graph.add(softmax, [x], {})
  return x
}
