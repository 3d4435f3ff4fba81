/** A network without the networks in it. */
import type { CallOptions, Layer, SymbolicTensor } from './layer.ts'
import { Network } from './network.ts'

/**
 * Applies the layers of a network one by one, those of nested networks too, so that each has tensors of its own that can be cut behind or
 * looked at. The layers, and their weights, are the same ones.
 * @param inputs in the network's order. Default: its own
 * @param seen hears what each layer gives, whenever it is applied; of an input of a network in this one, what that is applied to
 * @returns the network's outputs
 */
export function unrolled(
  network: Network,
  inputs: readonly SymbolicTensor[] = network.inputs,
  outer: CallOptions = {},
  seen?: (layer: Layer, tensors: readonly SymbolicTensor[]) => void,
): readonly SymbolicTensor[] {
  network.inputs.forEach((t, i) => seen?.(t.layer, [inputs[i]!]))
  return network.reapplied(inputs, (layer, xs, call) => {
    const how = outer.training === false ? outer : call
    const ys = layer instanceof Network ? unrolled(layer, xs, how, seen) : layer.applyAll(xs, how)
    seen?.(layer, ys)
    return ys
  })
}
