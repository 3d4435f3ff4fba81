/** Keras's habits, by its names: shown in the README, run by test/models/readme_examples.test.ts. */
import { cloneModel, layers, sequential, topK, type Device, type Labels, type Model, type Tensor } from '../../src/index.ts'

/** A step of training by hand, and what it has made of the model. Gives the model, one alike with the same weights, and the two best classes of each sample. */
export async function habits(
  device: Device,
  x: Tensor,
  y: Labels,
): Promise<{ model: Model; twin: Model; best: readonly (readonly number[])[] }> {
  const model = sequential([
    layers.input({ shape: [8, 8, 3] }),
    layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', name: 'conv' }),
    layers.globalAveragePooling2d(),
    layers.dense({ units: 3, activation: 'softmax' }),
  ])
  const twin = await cloneModel(model)
  await model.compile({ device, optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  await model.trainOnBatch(x, y)
  await model.getLayer('conv').setWeights(await model.getLayer(1).getWeights())
  const { loss, accuracy } = await model.testOnBatch(x, y)
  console.log(model.summary(), loss, accuracy)
  await twin.setWeights(await model.getWeights())
  const { indices } = topK(await model.predict(x), 2)
  return { model, twin, best: indices }
}
