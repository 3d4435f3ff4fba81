/** A network without the networks in it. */
import type { CallOptions, SymbolicTensor } from './layer.ts'
import { Network } from './network.ts'
import { InputLayer } from './input_layer.ts'

/**
 * Applies the layers of a network one by one, those of nested networks too, so that each has tensors of its own that can be cut behind or
 * looked at. The layers, and their weights, are the same ones.
 * @param inputs in the network's order. Default: its own
 * @returns the network's outputs
 */
export function unrolled(
  network: Network,
  inputs: readonly SymbolicTensor[] = network.inputs,
  outer: CallOptions = {},
): readonly SymbolicTensor[] {
  const tensors = new Map(network.inputs.map((t, i) => [t, inputs[i]!]))
  for (const siblings of network.calls) {
    const { layer, inputs: given, call } = siblings[0]!
    if (layer instanceof InputLayer) continue
    const how = outer.training === false ? outer : call
    const xs = given.map((t) => tensors.get(t)!)
    const ys = layer instanceof Network ? unrolled(layer, xs, how) : layer.applyAll(xs, how)
    siblings.forEach((t, i) => tensors.set(t, ys[i]!))
  }
  return network.outputs.map((t) => tensors.get(t)!)
}
