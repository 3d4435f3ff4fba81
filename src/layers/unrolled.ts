/** A network without the networks in it. */
import type { CallOptions, SymbolicTensor } from './layer.ts'
import { Network } from './network.ts'

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
  return network.reapplied(inputs, (layer, xs, call) => {
    const how = outer.training === false ? outer : call
    return layer instanceof Network ? unrolled(layer, xs, how) : layer.applyAll(xs, how)
  })
}
