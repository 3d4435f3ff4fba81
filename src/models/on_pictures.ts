/** Models whose channels come first, for pictures as they are loaded. */
import * as layers from '../layers/functions.ts'
import { tellAlike } from '../training/about_network.ts'
import { Model, type AnyModel } from '../training/model.ts'
import { inputFirst } from '../training/picture_axes.ts'

/** A model that takes pictures [N,H,W,C], of one that takes them [N,C,H,W]; any other as it is. Weights are shared. */
export function onPictures(model: AnyModel): AnyModel {
  if (model.inputs.length > 1 || !inputFirst(model)) return model
  const [C, H, W] = model.input.shape.slice(1) as [number, number | null, number | null]
  const input = layers.input({ shape: [H, W, C] })
  const outputs = model.applyAll(layers.permute({ dims: [3, 1, 2] }).apply(input))
  const turned = new Model({ inputs: input, outputs: outputs.length === 1 ? outputs[0]! : outputs, name: model.name })
  tellAlike(model, turned)
  return turned
}
