/** `cloneModel`, all of which but its name comes when it is called. */
import type { SymbolicTensor } from '../layers/layer.ts'
import type { Structure } from '../structure.ts'
import type { Model } from '../training/model.ts'
import { lazy } from '../lazy.ts'

/**
 * Keras's clone_model: a model of new layers with the same configs and names, what is frozen included, and what is said of classes and pictures. Weights
 * begin as those of the model did when its layers were made; `setWeights(await model.getWeights())` takes over what they are now.
 * @throws ArgumentError naming a layer that Keras does not have
 * @example
 * const twin = await cloneModel(model)
 * await twin.setWeights(await model.getWeights()) // the values of now
 * twin.getLayer('conv') === model.getLayer('conv') // false
 */
export async function cloneModel<Y extends Structure<SymbolicTensor>>(model: Model<Y>): Promise<Model<Y>> {
  const config = model.serialize()
  return (await lazy(import('./clone.ts'))).cloned(model, config)
}
