/** A network as what the page draws and lists. */
import { Network } from '../../../../src/layers/network.ts'
import type { Layer, SymbolicTensor } from '../../../../src/layers/layer.ts'
import { formatShape } from '../../../../src/shape.ts'
import type { LookLayer, LookNode } from '../../look_messages.ts'

const shapesOf = (tensors: readonly SymbolicTensor[]): string => tensors.map((t) => formatShape(t.shape)).join(' ')

/** Layers in order, those of networks in it behind their network. */
export function layersOf(network: Network, prefix = ''): LookLayer[] {
  return network.layers.flatMap((layer) => {
    const path = prefix + layer.name
    const own = { path, kind: layer.className, shape: shapesOf(network.outputsOf(layer.name)), parameters: layer.countParams() }
    return layer instanceof Network ? [own, ...layersOf(layer, `${path}/`)] : [own]
  })
}

/** Every application of a layer, inputs before what is made of them. */
export function nodesOf(network: Network, prefix = ''): LookNode[] {
  const ids = new Map<readonly SymbolicTensor[], string>()
  const times = new Map<Layer, number>()
  return network.calls.map((call) => {
    const { layer, inputs } = call[0]!
    const time = (times.get(layer) ?? 0) + 1
    times.set(layer, time)
    const path = prefix + layer.name
    const id = time > 1 ? `${path} (${time})` : path
    ids.set(call, id)
    const from = [...new Set(inputs.map((t) => ids.get(t.siblings)!))]
    return { id, path, from, ...(time === 1 && layer instanceof Network && { inside: nodesOf(layer, `${path}/`) }) }
  })
}

/** A layer by its path, in the networks in a network too; undefined for none. */
export function layerAt(network: Network, path: string): Layer | undefined {
  for (const layer of network.layers) {
    if (layer.name === path) return layer
    if (layer instanceof Network && path.startsWith(`${layer.name}/`)) return layerAt(layer, path.slice(layer.name.length + 1))
  }
  return undefined
}
