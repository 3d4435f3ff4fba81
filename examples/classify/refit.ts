/** A whole Keras model in, a model with another end out, as a file that Keras reads. In a page or in Node. */
import { layers, loadModel, Model, type WeightsFileInput } from '../../src/index.ts'

/** Cuts a saved model at a layer, freezes what is left, puts a new classifier on it, and gives a `.keras` file. */
export async function refit(file: WeightsFileInput, cut: string, classes: number): Promise<Blob> {
  const saved = await loadModel(file) // .keras or .h5, built from its own config
  const trunk = saved.until(cut)
  trunk.trainable = false
  let x = trunk.output
  if (x.shape.length === 4) x = layers.globalAveragePooling2d().apply(x)
  const predictions = layers.dense({ units: classes, activation: 'softmax', name: 'new_predictions' }).apply(x)
  const model = new Model({ inputs: trunk.input, outputs: predictions })
  return model.save('keras').blob()
}
