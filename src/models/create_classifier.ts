/** `createClassifier`, all of which but its name comes when it is called. */
import { asOfNow } from '../as_of_now.ts'
import { lazy } from '../lazy.ts'
import type { WeightsInput } from '../loaders/keras/given.ts'
import type { AnyModel } from '../training/model.ts'
import type { Classifier, ClassifierOptions } from './classifier.ts'

/**
 * Makes a classifier of a model's file: `createClassifier('model.keras', { labels: 'labels.txt' })`, then `await classifier.classify(image)`.
 * @param file as loadModel takes it, or a model: one that is compiled stays so, and goes on with `device` where that is another
 * @throws FileError, WeightsError as loadModel; FileError for labels that cannot be read; ArgumentError for as many labels as there are no classes;
 * ShapeError for a model that takes no pictures, or gives no class scores; DeviceError; the signal's reason
 * @example
 * // in a page
 * using classifier = await createClassifier('model.keras', { labels: 'labels.txt', preprocess: 'unit' })
 * const [best] = await classifier.classify(document.querySelector('img')!)
 * console.log(best!.className, best!.probability)
 */
export async function createClassifier(file: WeightsInput | AnyModel, options: ClassifierOptions = {}): Promise<Classifier> {
  const given = asOfNow(file)
  const { classifierOf, inPage } = await lazy(import('./classifier.ts'))
  return classifierOf(inPage, given, options)
}
