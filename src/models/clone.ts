/** What `cloneModel` does: the same layers once more. */
import type { SymbolicTensor } from '../layers/layer.ts'
import type { KerasConfig } from '../layers/config.ts'
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

/** See clone_model.ts. @param config of the model when it was to be cloned */
export async function cloned<Y extends Structure<SymbolicTensor>>(model: Model<Y>, config: KerasConfig): Promise<Model<Y>> {
  await loadLayersOf(config)
  const made = modelFromConfig(config, 3, { customObjects: Object.fromEntries(customIn(model)) })
  const clone = new Model(model.alike(made.inputs, made.outputs) as ModelOptions<Y>)
  tellAlike(model, clone)
  return clone
}
