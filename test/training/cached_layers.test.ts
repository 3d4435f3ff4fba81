/** Every kind of layer that trains right behind a frozen trunk: the same bits with the trunk's outputs kept and without, whatever the order of the samples. */
import { expect, test } from 'vitest'
import type { Layer, SymbolicTensor } from '../../src/layers/layer.ts'
import { layers } from '../../src/layers/index.ts'
import { Model } from '../../src/training/model.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import { useDevice } from '../support/device.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const [N, H, W, C] = [5, 4, 3, 4]

const reshaped = (...targetShape: number[]) => layers.reshape({ targetShape })
/** What a layer is applied to, if that is no picture [H,W,C]. */
const kinds: Record<string, readonly [layer: () => Layer, before?: Layer]> = {
  dense: [() => layers.dense({ units: 3 })],
  'dense of rows': [() => layers.dense({ units: 3 }), layers.flatten()],
  conv2d: [() => layers.conv2d({ filters: 3, kernelSize: 2 })],
  'conv2d, channels first': [() => layers.conv2d({ filters: 3, kernelSize: 2, dataFormat: 'channelsFirst' })],
  conv1d: [() => layers.conv1d({ filters: 3, kernelSize: 2 }), reshaped(H * W, C)],
  depthwiseConv2d: [() => layers.depthwiseConv2d({ kernelSize: 2 })],
  separableConv2d: [() => layers.separableConv2d({ filters: 3, kernelSize: 2 })],
  conv2dTranspose: [() => layers.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 2 })],
  prelu: [() => layers.prelu({ sharedAxes: [1] })],
  layerNormalization: [() => layers.layerNormalization()],
  'layerNormalization of rows and columns': [() => layers.layerNormalization({ axis: [1, 2] })],
  'layerNormalization along columns': [() => layers.layerNormalization({ axis: 2 })],
  groupNormalization: [() => layers.groupNormalization({ groups: 2 })],
  rmsNormalization: [() => layers.rmsNormalization()],
  einsumDense: [() => layers.einsumDense({ equation: 'abc,bd->acd', outputShape: [C, 2], biasAxes: 'c' }), reshaped(H * W, C)],
  multiHeadAttention: [() => layers.multiHeadAttention({ numHeads: 2, keyDim: 3 }), reshaped(H * W, C)],
  timeDistributed: [() => layers.timeDistributed({ layer: layers.layerNormalization() }), reshaped(H, W, C)],
}

async function trained(layer: Layer, before: Layer | undefined, cacheFeatures: boolean): Promise<Float32Array[]> {
  const input = layers.input({ shape: [H, W, C] })
  const trunk: SymbolicTensor = layers.activation({ activation: 'tanh' }).apply(before ? before.apply(input) : input)
  using model = new Model({ inputs: input, outputs: layers.flatten().apply(layer.apply(trunk)) })
  await model.compile({ device: device(), optimizer: sgd({ learningRate: 0.5 }), loss: 'meanSquaredError' })
  const x = values([N, H, W, C], 1)
  const data = { x: { ...x, data: x.data.map((v, i) => v + Math.floor(i / (H * W * C))) }, y: values([N, model.output.shape[1]!], 2) }
  await model.fit(data, { batchSize: 2, epochs: 2, shuffle: true, seed: 3, cacheFeatures })
  return (await model.getWeights()).map((w) => w.data as Float32Array)
}

test.each(Object.entries(kinds))('%s', async (_, [layer, before]) => {
  const made = layer()
  const kept = await trained(made, before, true)
  made.reinitialize()
  expect(kept).toEqual(await trained(made, before, false))
})
