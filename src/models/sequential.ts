/** `sequential`: a model whose layers follow each other. */
import { described, isRecord } from '../described.ts'
import { ArgumentError } from '../errors.ts'
import { Layer, type SymbolicTensor } from '../layers/layer.ts'
import { Model, type ModelOptions } from '../training/model.ts'

/** Options of {@link sequential}: those of a model, without its ends. */
export type SequentialOptions = Omit<ModelOptions<SymbolicTensor>, 'inputs' | 'outputs'>

/**
 * Keras's Sequential: `sequential([layers.input({ shape: [28, 28, 1] }), layers.flatten(), layers.dense({ units: 10 })])`. Files have it as a Functional
 * model, which Keras loads as well.
 * @throws ArgumentError unless an input comes first, and layers behind it; ShapeError for layers that do not fit
 * @example
 * const model = sequential([
 *   layers.input({ shape: [28, 28, 1] }),
 *   layers.flatten(),
 *   layers.dense({ units: 10, activation: 'softmax' }),
 * ])
 * model.countParams() // 7850
 */
export function sequential(parts: readonly (SymbolicTensor | Layer)[], options: SequentialOptions = {}): Model {
  if (!Array.isArray(parts)) throw new ArgumentError('sequential', `layers must be a list, got ${described(parts)}`)
  const [input, ...layers] = parts as readonly (SymbolicTensor | Layer)[]
  if (!isRecord(input) || input instanceof Layer || !('siblings' in input))
    throw new ArgumentError('sequential', `what comes first must be layers.input({ shape: [...] }), got ${described(input)}`)
  let x = input as SymbolicTensor
  for (const [i, layer] of layers.entries()) {
    if (!(layer instanceof Layer))
      throw new ArgumentError('sequential', `what follows the input must be layers, got ${described(layer)} at index ${i + 1}`)
    x = layer.apply(x)
  }
  return new Model({ ...options, inputs: input, outputs: x })
}
