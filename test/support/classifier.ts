/** A small network to be trained: a frozen trunk with a convolution and a normalisation, and a head of two dense layers. */
import { layers } from '../../src/layers/index.ts'
import { Model } from '../../src/training/model.ts'

export function smallClassifier(classes: number, options: { dropout?: number; frozen?: boolean } = {}): Model {
  const input = layers.input({ shape: [9, 8, 2] })
  let x = layers.conv2d({ filters: 6, kernelSize: 3, padding: 'same', useBias: false, name: 'trunk_conv' }).apply(input)
  x = layers.batchNormalization({ scale: false, name: 'trunk_bn' }).apply(x)
  x = layers.relu({ name: 'trunk_relu' }).apply(x)
  const trunk = new Model({ inputs: input, outputs: x, name: 'trunk' })
  trunk.trainable = !(options.frozen ?? true)
  const outer = layers.input({ shape: [9, 8, 2] })
  let y = layers.globalAveragePooling2d({ name: 'pool' }).apply(trunk.apply(outer))
  y = layers.dense({ units: 7, activation: 'relu', name: 'hidden' }).apply(y)
  if (options.dropout) y = layers.dropout({ rate: options.dropout, name: 'dropout' }).apply(y)
  return new Model({
    inputs: outer,
    outputs: layers.dense({ units: classes, activation: 'softmax', name: 'predictions' }).apply(y),
    name: 'small',
  })
}
