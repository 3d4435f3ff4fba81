/** What a picture shows, from a model's file: shown in the README, run by test/models/classify_example.page.test.ts. */
import { createClassifier, type Classification, type ClassIndexInput, type PictureSource, type WeightsInput } from '../../src/index.ts'

/** The three classes of a model that a picture fits best: `[{ className: 'tabby', classIndex: 281, probability: 0.83 }, ...]`. */
export async function whatIsIt(model: WeightsInput, labels: ClassIndexInput, picture: PictureSource): Promise<Classification[]> {
  using classifier = await createClassifier(model, { labels, preprocess: 'tf' })
  return await classifier.classify(picture, { top: 3 })
}
