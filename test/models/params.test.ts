/** Parameter counts, layer order and shapes against what real Keras says; needs no GPU. */
import { describe, expect, test } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import { googlenet } from '../../src/models/googlenet.ts'
import { inceptionV3 } from '../../src/models/inception.ts'
import { vgg16 } from '../../src/models/vgg.ts'
import { Model } from '../../src/training/model.ts'
import { trunks, whole } from './networks.ts'

describe.each([...whole, ...trunks])('$name', ({ golden, make }) => {
  test('has as many parameters as in Keras', async () => {
    expect((await make()).countParams()).toBe(golden.params)
  })

  test('has the layers, weights and shapes of Keras, in its order', async () => {
    const network = await make()
    const weights = network.layers.filter((l) => l.weights.length).map((l) => [l.name, l.weights.map((w) => [w.name, w.shape])])
    expect(weights).toEqual(golden.weights)
    const inner = network.layers.filter((l) => l.className !== 'InputLayer')
    expect(inner.map((l) => l.name)).toEqual(golden.layers.map((l) => l.name))
    for (const { name, shape } of golden.layers) expect([name, ...network.outputOf(name).shape]).toEqual([name, null, ...shape.slice(1)])
  })
})

test('the model of the lesson has the parameter counts of the lesson', async () => {
  const trunk = await inceptionV3({ includeTop: false, inputShape: [139, 139, 3] })
  trunk.trainable = false
  const input = layers.input({ shape: [32, 32, 3] })
  let x = layers.resizing({ height: 139, width: 139 }).apply(input)
  x = layers.globalAveragePooling2d().apply(trunk.apply(x))
  x = layers.dense({ units: 512, activation: 'relu' }).apply(x)
  const model = new Model({ inputs: input, outputs: layers.dense({ units: 10, activation: 'softmax', name: 'predictions' }).apply(x) })
  expect(model.paramCounts()).toEqual({ total: 22_857_002, trainable: 1_054_218, nonTrainable: 21_802_784 })
  expect(model.summary()).toContain('Total params: 22,857,002')
  trunk.trainable = true
  expect(model.paramCounts().nonTrainable).toBe(34_432)
})

test('until cuts at a named layer and shares the weights', async () => {
  const trunk = await inceptionV3({ includeTop: false, inputShape: [139, 139, 3] })
  const cut = trunk.until('mixed5')
  expect(cut.outputs[0]!.shape).toEqual([null, 7, 7, 768])
  expect(trunk.weights).toEqual(expect.arrayContaining([...cut.weights]))
  expect(() => trunk.until('mixed11')).toThrow('a layer must be in the network, got mixed11; there are mixed0')
})

test('input sizes, channels and options that do not fit are refused with both values', async () => {
  await expect(inceptionV3({ includeTop: false, inputShape: [74, 74, 3] })).rejects.toThrow(
    '[inception_v3] input size must be at least 75x75, got [74,74,3]',
  )
  await expect(vgg16({ inputShape: [31, 40, 3] })).rejects.toThrow('[vgg16] input size must be at least 32x32, got [31,40,3]')
  await expect(vgg16({ pooling: 'avg' })).rejects.toThrow('pooling is for includeTop false')
  await expect(vgg16({ includeTop: false, classes: 5 })).rejects.toThrow('classes is for includeTop true')
  await expect(vgg16({ classes: 0 })).rejects.toThrow('units must be a positive whole number, got 0')
})

test('global pooling at the end', async () => {
  expect((await vgg16({ includeTop: false, pooling: 'avg' })).outputs[0]!.shape).toEqual([null, 512])
  expect((await inceptionV3({ includeTop: false, pooling: 'max' })).outputs[0]!.shape).toEqual([null, 2048])
})

test('GoogLeNet without its auxiliary heads', async () => {
  expect((await googlenet()).countParams()).toBe(6_998_552)
})
