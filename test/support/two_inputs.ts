/** The two models with two inputs that real Keras saved (test/golden/make_models.py), a new head on them, and data for them. */
import type { SymbolicTensor } from '../../src/layers/layer.ts'
import { layers } from '../../src/layers/index.ts'
import type { Network } from '../../src/layers/network.ts'
import type { Device } from '../../src/device/device.ts'
import type { Tensor } from '../../src/tensor.ts'
import { Model } from '../../src/training/model.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import { recipeImage } from './recipe.ts'
import { values } from './values.ts'

export const CLASSES = 4

/** A size for what is open. */
const OPEN = 9

/** The recipe's values for `count` samples of every input, by name. */
export function recipeInputs({ inputs }: Network, count: number, scale: number): Record<string, Tensor> {
  const one = (shape: readonly number[]) => ({
    shape: [count, ...shape],
    data: recipeImage([count * shape[0]!, ...shape.slice(1)], scale).data,
  })
  return Object.fromEntries(inputs.map(({ layer, shape }) => [layer.name, one(shape.slice(1).map((d) => d ?? OPEN))]))
}

/** Samples for every input, by name, and labels. */
export function labelled({ inputs }: Network, count: number) {
  const x = inputs.map(({ layer, shape }, i) => [layer.name, values([count, ...(shape.slice(1) as number[])], i + 1, 0, 1)] as const)
  return { x: Object.fromEntries<Tensor>(x), y: Uint8Array.from({ length: count }, (_, i) => (i * 7) % CLASSES) }
}

/** A new head on a frozen model, at the layer that joins what its inputs are made of; not trained. */
export function withNewHead(trunk: Network, byName: boolean): Model {
  trunk.trainable = false
  const hidden = layers.dense({ units: 6, activation: 'relu', name: 'new_hidden' }).apply(trunk.outputOf('joined'))
  const outputs = layers.dense({ units: CLASSES, activation: 'softmax', name: 'new_predictions' }).apply(hidden)
  const named = () => Object.fromEntries<SymbolicTensor>(trunk.inputs.map((t) => [t.layer.name, t]))
  return new Model({ inputs: byName ? named() : trunk.inputs, outputs, name: `${trunk.name}_head` })
}

/** Trains the head for some epochs. The model is compiled then. */
export async function trainHead(model: Model, device: Device) {
  await model.compile({ device, optimizer: adam({ learningRate: 0.02 }), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  const data = labelled(model, 22)
  return model.fit(data, { epochs: 12, batchSize: 8, validationData: data })
}
