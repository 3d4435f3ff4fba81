/** The network that the page has with it: small enough for every machine, taught with drawn figures by `web/builtin/train.ts`. */
import { layers, Model } from '../../../src/index.ts'

/** Height and width of its pictures. */
export const BUILTIN_SIZE = 64

/** Untaught. @param classes of figures */
export function builtinNetwork(classes: number): Model {
  const input = layers.input({ shape: [BUILTIN_SIZE, BUILTIN_SIZE, 3] })
  let x = layers.rescaling({ scale: 1 / 127.5, offset: -1, name: 'pixels' }).apply(input)
  const filters = [16, 24, 32, 48, 64]
  filters.forEach((n, i) => {
    x = layers.conv2d({ filters: n, kernelSize: 3, padding: 'same', activation: 'relu', name: `conv${i + 1}` }).apply(x)
    if (i < 4) x = layers.maxPooling2d({ poolSize: 2, name: `pool${i + 1}` }).apply(x)
  })
  x = layers.globalAveragePooling2d({ name: 'average' }).apply(x)
  const outputs = layers.dense({ units: classes, activation: 'softmax', name: 'figures' }).apply(x)
  return new Model({ inputs: input, outputs, name: 'small' })
}
