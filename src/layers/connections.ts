/** How the layers of a network are connected, as Keras writes it: in the config of a Functional model, and in a summary. */
import { listOf, structured, type Structure } from '../structure.ts'
import type { KerasConfig } from './config.ts'
import type { Layer, SymbolicTensor } from './layer.ts'
import type { Siblings } from './topology.ts'

/** `[layer, node, tensor]`, as Keras calls where a tensor comes from. */
type History = readonly [layer: string, node: number, tensor: number]

/** Which application of which layer each tensor comes from. */
function histories(calls: readonly Siblings[]): ReadonlyMap<SymbolicTensor, History> {
  const counts = new Map<Layer, number>()
  return new Map(
    calls.flatMap((call) => {
      const { layer } = call[0]!
      const node = counts.get(layer) ?? 0
      counts.set(layer, node + 1)
      return call.map((t) => [t, [layer.name, node, t.index]] as const)
    }),
  )
}

/** What a summary says of where a tensor comes from: `conv[0][0]`. */
export function sourcesIn(calls: readonly Siblings[]): (t: SymbolicTensor) => string {
  const history = histories(calls)
  return (t) => {
    const [layer, node, tensor] = history.get(t)!
    return `${layer}[${node}][${tensor}]`
  }
}

/** One application of a layer. */
function inboundNode({ layer, inputs, call }: SymbolicTensor, history: ReadonlyMap<SymbolicTensor, History>): KerasConfig {
  const tensors = inputs.map((i) => ({
    class_name: '__keras_tensor__',
    config: { shape: i.shape, dtype: 'float32', keras_history: history.get(i) },
  }))
  return layer.callArguments(tensors, call)
}

/**
 * The config of a Functional model as Keras 3 writes it (keras/src/models/functional.py).
 * @param inputs, outputs in their structures
 * @param isModel whether a layer is a model itself
 * @throws ArgumentError naming a layer that Keras does not have
 */
export function functionalConfig(
  { name, layers, calls }: { readonly name: string; readonly layers: readonly Layer[]; readonly calls: readonly Siblings[] },
  inputs: Structure<SymbolicTensor>,
  outputs: Structure<SymbolicTensor>,
  isModel: (layer: Layer) => boolean,
): KerasConfig {
  const history = histories(calls)
  // Where a model in a model gives an output, Keras counts its applications from 1.
  const end = (t: SymbolicTensor): History => {
    const [layer, node, tensor] = history.get(t)!
    return [layer, isModel(t.layer) ? node + 1 : node, tensor]
  }
  const ends = (structure: Structure<SymbolicTensor>) => structured(structure, listOf(structure).map(end))
  return {
    name,
    trainable: true, // of the model itself; each layer has its own
    layers: layers.map((l) => {
      const own = calls.filter(([t]) => t!.layer === l && t!.inputs.length)
      return { ...l.serialize(), name: l.name, inbound_nodes: own.map(([t]) => inboundNode(t!, history)) }
    }),
    input_layers: ends(inputs),
    output_layers: ends(outputs),
  }
}
