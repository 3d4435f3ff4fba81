/** Augmentation that a call asks for: layers before the model, and predictions that are averaged over what they draw. */
import { ArgumentError } from '../errors.ts'
import { described } from '../described.ts'
import type { Node } from '../graph/graph.ts'
import { Augmentation } from '../layers/augmentation/augmentation.ts'
import type { EmitContext } from '../layers/layer.ts'
import type { Network } from '../layers/network.ts'
import { formatShape } from '../shape.ts'

/** @throws ArgumentError unless it is a list of layers that augment */
export function checkAugmentation(where: string, layers: unknown): readonly Augmentation[] {
  if (Array.isArray(layers) && layers.length && layers.every((l) => l instanceof Augmentation)) return layers
  const got = Array.isArray(layers) ? `[${layers.map(described).join(', ')}]` : described(layers)
  throw new ArgumentError(where, `augment must be a list of layers that augment, such as layers.randomFlip(), got ${got}`)
}

/** Appends layers before a network. @throws ArgumentError unless it has one input, whose shape they keep */
export function augmented(c: EmitContext, network: Network, samples: readonly Node[], layers: readonly Augmentation[]): Node {
  if (samples.length !== 1) throw new ArgumentError(network.name, `a model must have one input to be augmented, got ${samples.length}`)
  let shape = network.inputs[0]!.shape
  let x = samples[0]!
  for (const layer of layers) {
    shape = layer.outputShape([shape])
    c.graph.scope = layer.name
    x = layer.emit(c, [x])
  }
  c.graph.scope = ''
  const [wanted, got] = [network.inputs[0]!.shape, shape].map(formatShape)
  if (wanted !== got) throw new ArgumentError(network.name, `layers that augment must keep the shape of the input, ${wanted}, got ${got}`)
  return x
}
