/** `cloneModel`: the same layers once more. */
import type { SymbolicTensor } from '../layers/layer.ts'
import { Network } from '../layers/network.ts'
import type { Structure } from '../structure.ts'
import { tellAlike } from '../training/about_network.ts'
import { Model, type ModelOptions } from '../training/model.ts'
import { loadLayersOf, modelFromConfig, type CustomObject } from './from_config.ts'

/** What makes layers of the classes in a network that are not Keras's. */
const customIn = (network: Network): [string, CustomObject][] =>
  network.layers.flatMap((l): [string, CustomObject][] => {
    if (l instanceof Network) return customIn(l)
    return l.registeredName !== undefined && l.maker ? [[l.registeredName, l.maker]] : []
  })

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
  await loadLayersOf(config)
  const made = modelFromConfig(config, 3, { customObjects: Object.fromEntries(customIn(model)) })
  const clone = new Model(model.alike(made.inputs, made.outputs) as ModelOptions<Y>)
  tellAlike(model, clone)
  return clone
}
