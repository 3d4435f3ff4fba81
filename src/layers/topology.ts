/** In which order the layers of a network come: that of Keras. */
import type { Layer, SymbolicTensor } from './layer.ts'

/** What one application of a layer gave. */
export type Siblings = readonly SymbolicTensor[]

export interface Topology {
  /** Every application of a layer, inputs before what is made of them. */
  readonly calls: readonly Siblings[]
  /** In the order of Keras's `model.layers`. */
  readonly layers: readonly Layer[]
}

/**
 * Applications of layers in topological order, and the layers in the order of Keras's `model.layers`: by decreasing longest path
 * to an output, ties by first visit of a depth-first walk from the outputs (Keras `map_graph`).
 */
export function topology(outputs: readonly SymbolicTensor[]): Topology {
  const visit = new Map<Layer, number>()
  const entered = new Set<Siblings>()
  const finished = new Set<Siblings>()
  // A stack of our own: a network may be deeper than the engine's.
  const open = outputs.map((t) => t.siblings).reverse()
  for (let call = open.at(-1); call; call = open.at(-1)) {
    if (entered.has(call)) {
      finished.add(call)
      open.pop()
      continue
    }
    entered.add(call)
    const { layer, inputs } = call[0]!
    if (!visit.has(layer)) visit.set(layer, visit.size)
    open.push(...inputs.map((t) => t.siblings).reverse())
  }
  const calls = [...finished]
  const depth = new Map<Siblings, number>()
  const layerDepth = new Map<Layer, number>()
  for (const call of [...calls].reverse()) {
    const { layer, inputs } = call[0]!
    const d = Math.max(depth.get(call) ?? 0, layerDepth.get(layer) ?? 0)
    layerDepth.set(layer, d)
    for (const { siblings } of inputs) depth.set(siblings, Math.max(depth.get(siblings) ?? 0, d + 1))
  }
  const layers = [...visit.keys()].sort((a, b) => layerDepth.get(b)! - layerDepth.get(a)! || visit.get(a)! - visit.get(b)!)
  return { calls, layers }
}
