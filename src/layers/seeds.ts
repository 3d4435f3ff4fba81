/** Seeds of layers that draw: whole numbers that are mixed into the seed of `fit` or `predict`, which alone makes what is drawn the same again. */
import { described } from '../described.ts'
import { ArgumentError } from '../errors.ts'
import type { Graph } from '../graph/graph.ts'
import type { LayerConfig } from './config.ts'

/** 2^32 divided by the golden ratio: apart for seeds that follow each other. */
const GOLDEN = 0x9e3779b9

/** @throws ArgumentError unless it is a whole number, or none */
export function checkSeed(layer: string, seed: number | null | undefined): number | null {
  if (seed === null || seed === undefined) return null
  if (!Number.isInteger(seed)) throw new ArgumentError(layer, `seed must be a whole number, got ${described(seed)}`)
  return seed
}

/** The seed of a config. */
export function seedOf(c: LayerConfig): number | null {
  return c.value('seed') === undefined ? null : c.number(['seed'])
}

/** Tells draws apart: the layer's seed, and where in the graph it is, alike in every run. */
export function saltOf(graph: Graph, seed: number | null): number {
  const own = seed === null ? 0 : Math.imul(seed | 0, GOLDEN) + 1
  return (graph.nodes.length ^ own) >>> 0
}
