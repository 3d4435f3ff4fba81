/** The smallest network that trains, and samples for it: what loops are tested with. */
import { layers } from '../../src/layers/index.ts'
import { Model } from '../../src/training/model.ts'
import { values } from './values.ts'

export const CLASSES = 3

/** Two dense layers: [6] -> [3]. */
export function tinyModel(): Model {
  const input = layers.input({ shape: [6] })
  const hidden = layers.dense({ units: 5, activation: 'relu', name: 'hidden' }).apply(input)
  const outputs = layers.dense({ units: CLASSES, activation: 'softmax', name: 'predictions' }).apply(hidden)
  return new Model({ inputs: input, outputs, name: 'tiny' })
}

/** Samples with labels that have nothing to do with them. */
export function tinyData(count: number, seed = 1) {
  return { x: values([count, 6], seed), y: Uint8Array.from({ length: count }, (_, i) => (i * 5) % CLASSES) }
}
