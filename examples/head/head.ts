/** The shortest useful thing: a frozen InceptionV3 with a new head, trained on a few hundred pictures. */
import { adam, inceptionV3, layers, Model, openDevice, type FitProgress, type LabelledData, type WeightsInput } from '../../src/index.ts'

/** Trains a classifier of `classes` classes on 32x32 pictures (RGB, 0..255). */
export async function trainHead(
  weights: WeightsInput,
  train: LabelledData,
  classes: number,
  onProgress: (p: FitProgress) => void,
): Promise<Model> {
  const device = await openDevice()
  const trunk = await inceptionV3({ includeTop: false, inputShape: [139, 139, 3], weights })
  trunk.trainable = false

  const input = layers.input({ shape: [32, 32, 3] })
  let x = layers.preprocess({ mode: 'tf' }).apply(input)
  x = layers.resizing({ height: 139, width: 139 }).apply(x)
  x = trunk.apply(x)
  x = layers.globalAveragePooling2d().apply(x)
  x = layers.dense({ units: 512, activation: 'relu' }).apply(x)
  const predictions = layers.dense({ units: classes, activation: 'softmax', name: 'predictions' }).apply(x)

  const model = new Model({ inputs: input, outputs: predictions })
  await model.compile({ device, optimizer: adam(), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  await model.fit(train, { epochs: 5, batchSize: 32, onProgress })
  return model
}
