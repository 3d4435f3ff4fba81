/** Which layers of a network have weights, those in nested networks included. */
import type { Layer } from './layer.ts'
import { Network } from './network.ts'

/** A layer with weights, and where it is. */
export interface WeightedLayer {
  readonly layer: Layer
  readonly path: string
  /** What wraps it alone, under whose name older versions of Keras keep its weights. */
  readonly wrapper?: string
}

/** Layers with weights, those inside nested networks, and of which others are made, included, and their paths: `trunk/conv1`. In Keras's order. */
export function weightedLayers(network: Pick<Network, 'layers'>, prefix = ''): WeightedLayer[] {
  return network.layers.flatMap((layer) => {
    const path = prefix + layer.name
    if (layer instanceof Network) return weightedLayers(layer, `${path}/`)
    const [part, ...more] = layer.parts.map((p) => p.layer)
    const inner = part && weightedLayers({ layers: [part, ...more] }, `${path}/`)
    if (inner) return more.length || part instanceof Network ? inner : inner.map((l) => ({ ...l, wrapper: layer.name }))
    return layer.weights.length ? [{ layer, path }] : []
  })
}
