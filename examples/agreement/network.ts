/** The InceptionV3 that npm carries, whole: with its own top of five classes, built with our layers. */
import { inceptionV3, layers, Model } from '../../src/node.ts'

/** Height and width of its pictures. */
export const SIZE = 299

/** Pictures [N,299,299,3] of 0..1 to five probabilities, with random weights until a file is loaded. */
export async function wholeNetwork(): Promise<Model> {
  const trunk = await inceptionV3({ includeTop: false })
  let x = layers.averagePooling2d({ poolSize: 8, name: 'average_pooling2d_9' }).apply(trunk.outputs)
  x = layers.flatten({ name: 'flatten' }).apply(x)
  x = layers.dense({ units: 256, activation: 'relu', name: 'dense' }).apply(x)
  x = layers.dropout({ rate: 0.5, name: 'dropout' }).apply(x)
  x = layers.dense({ units: 128, activation: 'relu', name: 'dense_1' }).apply(x)
  x = layers.dropout({ rate: 0.25, name: 'dropout_1' }).apply(x)
  const outputs = layers.dense({ units: 5, activation: 'softmax', name: 'dense_2' }).apply(x)
  return new Model({ inputs: trunk.input, outputs, name: 'inception_v3_nsfw', automaticNames: true })
}
