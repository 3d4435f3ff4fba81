/** Classes of a picture by a network of Keras Applications, with its official weights or a file of the user's. In a page or in Node. */
import {
  decodePredictions,
  loadClassIndex,
  loadImage,
  preprocessInput,
  resnet50,
  type ClassIndexInput,
  type Device,
  type ImageInput,
  type Prediction,
  type WeightsInput,
} from '../../src/index.ts'

/** The three ImageNet classes that a picture (PNG or JPEG) fits best. Without files of the user's, both are downloaded once. */
export async function classify(
  device: Device,
  picture: ImageInput,
  weights: WeightsInput = 'imagenet',
  classIndex?: ClassIndexInput,
): Promise<Prediction[]> {
  using model = await resnet50({ weights })
  await model.compile({ device })
  const pixels = await loadImage(picture, { targetSize: [224, 224] })
  const y = await model.predict(preprocessInput(pixels, 'resnet50'))
  const [best] = decodePredictions(y, { top: 3, classIndex: await loadClassIndex(classIndex) })
  return best!
}
