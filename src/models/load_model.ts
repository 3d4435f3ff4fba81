/** `loadModel`, all of which but its name comes when it is called. */
import { asOfNow } from '../as_of_now.ts'
import { lazy } from '../lazy.ts'
import type { SymbolicTensor } from '../layers/layer.ts'
import type { WeightsInput } from '../loaders/keras/given.ts'
import type { Structure } from '../structure.ts'
import type { Model } from '../training/model.ts'
import type { LoadModelOptions } from './from_file.ts'

export type { LoadModelOptions } from './from_file.ts'

/**
 * Builds a model from its own config and gives it the file's weights: `.keras` archives, the files of an unpacked one together (as model hubs
 * have them: `config.json`, `metadata.json`, `model.weights.h5`), `.h5` files of whole models from Keras 1, 2 or 3, and layers models of
 * TensorFlow.js (`model.json`).
 * Values are streamed when the model is compiled.
 * @typeParam Y what outputs the model has, if not one: `SymbolicTensor[]` for several
 * @throws FileError `unsupported` naming the layer that cannot be; `not-keras` for files without a config; WeightsError; ArgumentError,
 * ShapeError for layers that do not fit; the signal's reason
 * @example
 * using model = await loadModel('model.keras', { onReport: ({ variant }) => console.log(variant) })
 * await model.compile({ device })
 * const { shape } = await model.predict('photo.png')
 * shape // [1, 3]
 */
export async function loadModel<Y extends Structure<SymbolicTensor> = SymbolicTensor>(
  file: WeightsInput,
  options: LoadModelOptions = {},
): Promise<Model<Y>> {
  const given = asOfNow(file)
  void import('../training/compile.ts').catch(() => undefined) // comes at the same time; compile tells if it does not
  return (await lazy(import('./from_file.ts'))).modelFromFile<Y>(given, options)
}
