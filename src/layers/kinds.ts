/** Nodes that are no fractions: what is true or false, and whole numbers. Older versions of Keras, and layers, may do something else with those. */
import type { Node } from '../graph/graph.ts'
import type { Layer } from './layer.ts'

/** What a node has besides its numbers. What makes one (operations/) says what layers do with it. */
export interface Kind {
  /** 1 or 0, which is true or false; or whole numbers. */
  readonly name: 'truth' | 'whole'
  /** Notes what a layer gives of such nodes. @throws ArgumentError where Keras gives something else than of fractions */
  through(layer: Layer, xs: readonly Node[], ys: readonly Node[]): void
}

/** Of those nodes that have one. */
export const kinds = new WeakMap<Node, Kind>()

/** That of the first of some nodes that has one. */
export const kindOf = (nodes: readonly Node[]): Kind | undefined => nodes.map((x) => kinds.get(x)).find(Boolean)
