/** Where the classifier of a network begins. */
import { ArgumentError } from '../errors.ts'
import type { SymbolicTensor } from './layer.ts'
import type { Network } from './network.ts'

/** From the output back, as long as one layer follows the other. */
function* backwards(end: SymbolicTensor): Generator<SymbolicTensor> {
  for (let t = end; t.inputs.length === 1; t = t.inputs[0]!) yield t
}

/** One value for each channel: what an average makes that is global in fact. A largest value is a trunk's own, as VGG's of small pictures. */
const isVector = ({ shape }: SymbolicTensor) => shape.slice(1, -1).every((n) => n === 1)

/** The name of the layer that a classifier is put on; see Model.withoutTop. @throws ArgumentError */
export function topOf({ name, outputs }: Network): string {
  if (outputs.length !== 1) throw new ArgumentError(name, `a model must have one output to be used withoutTop, got ${outputs.length}`)
  const chain = [...backwards(outputs[0]!)]
  const last = chain.find(({ layer }) => /^Global|^Flatten$/.test(layer.className)) ?? chain.find(({ layer }) => layer.weights.length)
  const [before] = last?.inputs ?? []
  if (!before?.inputs.length) throw new ArgumentError(name, 'the end of a model must be a classifier to be cut off, got none')
  const pooled = /^AveragePooling/.test(before.layer.className) && before.shape.length === 4 && isVector(before)
  return (pooled && before.inputs[0]!.inputs.length ? before.inputs[0]! : before).layer.name
}
