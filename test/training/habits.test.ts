/** What Keras users look for: layers one after the other, weights as values, batches by hand, another device. */
import { afterEach, describe, expect, test } from 'vitest'
import { openDevice } from '../../src/device/device.ts'
import { ArgumentError, DeviceError, ShapeError, WeightsError } from '../../src/errors.ts'
import { layers } from '../../src/layers/index.ts'
import { Network } from '../../src/layers/network.ts'
import { cloneModel } from '../../src/models/clone_model.ts'
import { inceptionV3 } from '../../src/models/inception.ts'
import { googlenet } from '../../src/models/googlenet.ts'
import { loadModel } from '../../src/models/load_model.ts'
import { resnet50 } from '../../src/models/resnet.ts'
import { sequential } from '../../src/models/sequential.ts'
import { vgg16 } from '../../src/models/vgg.ts'
import { learn } from '../../src/training/about_network.ts'
import { Model } from '../../src/training/model.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import type { Tensor } from '../../src/tensor.ts'
import { topK } from '../../src/top_k.ts'
import { smallClassifier } from '../support/classifier.ts'
import { useDevice } from '../support/device.ts'
import { openGpu } from '../support/gpu.ts'
import { values } from '../support/values.ts'

const device = useDevice()
afterEach(() => expect(device().live.buffers).toBe(0))

const [N, K] = [12, 3]
const x = values([N, 9, 8, 2], 1, 0, 1)
const y = Uint8Array.from({ length: N }, (_, i) => i % K)
const LOSS = { loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] } as const

function chain(): Model {
  return sequential([
    layers.input({ shape: [9, 8, 2], name: 'in' }),
    layers.conv2d({ filters: 3, kernelSize: 2, name: 'conv' }),
    layers.globalMaxPooling2d({ name: 'pool' }),
    layers.dense({ units: K, activation: 'softmax', name: 'last' }),
  ])
}

const zero = (t: Tensor): Tensor => ({ shape: t.shape, data: new Float32Array(t.data.length) })

describe('sequential', () => {
  test('is what the functional API makes, and is saved', async () => {
    const model = chain()
    expect(model.layers.map((l) => l.name)).toEqual(['in', 'conv', 'pool', 'last'])
    expect((await loadModel(await model.save().blob())).layers.map((l) => l.name)).toEqual(['in', 'conv', 'pool', 'last'])
    expect(sequential([layers.input({ shape: [2] })], { name: 'alone', classNames: ['a', 'b'] }).classNames).toEqual(['a', 'b'])
  })

  test.each<[what: unknown, message: string]>([
    [[], 'what comes first must be layers.input({ shape: [...] }), got undefined'],
    [[layers.dense({ units: 2 })], 'what comes first must be layers.input({ shape: [...] }), got Dense'],
    [[layers.input({ shape: [2] }), 'dense'], 'what follows the input must be layers, got "dense" at index 1'],
    [layers.dense({ units: 2 }), 'layers must be a list, got Dense'],
  ])('%#: refused', (parts, message) => {
    expect(() => sequential(parts as never)).toThrow(new ArgumentError('sequential', message))
  })
})

describe('getLayer and summary', () => {
  test('a layer by its place', () => {
    const model = chain()
    expect(model.getLayer(1)).toBe(model.getLayer('conv'))
    for (const place of [-1, 4, 1.5])
      expect(() => model.getLayer(place)).toThrow(`a layer's place must be a whole number from 0 to 3, got ${place}`)
  })

  test("Keras's columns, sizes, and connections where there are several", () => {
    const model = chain()
    expect(model.summary().split('\n').slice(2)).toEqual([
      'Layer (type)               Output Shape  Param #',
      '------------------------------------------------',
      'in (InputLayer)            [null,9,8,2]        0',
      'conv (Conv2D)              [null,8,7,3]       27',
      'pool (GlobalMaxPooling2D)  [null,3]            0',
      'last (Dense)               [null,3]           12',
      '------------------------------------------------',
      'Total params: 39 (156.00 B)',
      'Trainable params: 39 (156.00 B)',
      'Non-trainable params: 0 (0.00 B)',
    ])
    const input = layers.input({ shape: [3], name: 'x' })
    const shared = layers.dense({ units: 3, name: 'shared' })
    const sum = layers.add({ name: 'sum' }).apply([shared.apply(input), shared.apply(shared.apply(input))])
    const lines = new Network({ inputs: input, outputs: sum, name: 'net' }).summary().split('\n')
    expect(lines[2]).toMatch(/^Layer \(type\) +Output Shape +Param # +Connected to$/)
    expect(lines.find((l) => l.startsWith('sum'))).toMatch(/shared\[\d\]\[0\], shared\[\d\]\[0\]$/)
    expect(lines.find((l) => l.startsWith('shared'))).toContain('x[0][0]')
  })
})

describe('getWeights and setWeights', () => {
  test('of layers and models that are not compiled; files and devices have what was set', async () => {
    const model = chain()
    const conv = model.getLayer('conv')
    const [kernel, bias] = await conv.getWeights()
    expect([kernel!.shape, bias!.shape]).toEqual([[2, 2, 2, 3], [3]])
    const given = [kernel!, { shape: [3], data: Float32Array.of(1, 2, 3) }]
    await conv.setWeights(given)
    given[1]!.data[0] = 9
    expect((await model.getWeights())[1]!.data).toEqual(Float32Array.of(1, 2, 3))
    const back = await loadModel(await model.save().blob())
    expect(await back.getWeights()).toEqual(await model.getWeights())
    using loaded = back
    await loaded.compile({ device: device() })
    expect(await loaded.getWeights()).toEqual(await model.getWeights())
  })

  test('of a compiled model: those that were trained, and those that are set are predicted with', async () => {
    using model = smallClassifier(K)
    const before = await model.getLayer('hidden').getWeights()
    await model.compile({ device: device(), optimizer: adam(), ...LOSS })
    await model.fit({ x, y }, { epochs: 1 })
    const hidden = model.getLayer('hidden')
    expect(await hidden.getWeights()).not.toEqual(before)
    await model.getLayer('predictions').setWeights((await model.getLayer('predictions').getWeights()).map(zero))
    const even = await model.predict(x)
    even.data.forEach((p) => expect(p).toBeCloseTo(1 / K, 6))
    const now = await model.getWeights()
    await model.setWeights(now.map(zero))
    await model.setWeights(now)
    expect(await model.predict(x)).toEqual(even)
    await model.compile({ device: device() })
    expect(await model.getWeights()).toEqual(now)
  })

  test('what does not fit is refused, and nothing has changed', async () => {
    const model = chain()
    const before = await model.getWeights()
    await expect(model.setWeights(before.slice(1))).rejects.toThrow('values must be a list of 4 tensors, one for each weight, got 3')
    const wrong = before.map((t, i) => (i === 2 ? { shape: [K, 3, 1], data: t.data } : zero(t)))
    await expect(model.setWeights(wrong)).rejects.toThrow(ShapeError)
    const nan = before.map((t, i) => (i === 3 ? { shape: [3], data: Float32Array.of(0, NaN, 0) } : zero(t)))
    await expect(model.setWeights(nan)).rejects.toThrow(WeightsError)
    const odd = [[[1, 2], [3]], [null, null]] // prettier-ignore
    for (const given of odd) await expect(model.getLayer('conv').setWeights(given as never)).rejects.toThrow(ArgumentError)
    await expect(model.getLayer('conv').setWeights(7 as never)).rejects.toThrow('[conv] values must be a list of 2 tensors')
    expect(await model.getWeights()).toEqual(before)
  })
})

describe('trainOnBatch and testOnBatch', () => {
  test('a step for each call, the same as fit takes; the loss is that before it', async () => {
    using model = chain()
    using other = await cloneModel(model)
    for (const m of [model, other]) await m.compile({ device: device(), optimizer: adam(), ...LOSS })
    const before = await model.testOnBatch(x, y)
    const logs = await model.trainOnBatch(x, y)
    expect(logs['loss']).toBeCloseTo(before['loss'], 5)
    await model.trainOnBatch(x, y)
    await other.fit({ x, y }, { epochs: 2, batchSize: N, shuffle: false })
    expect(await model.getWeights()).toEqual(await other.getWeights())
    const weights = Array.from({ length: N }, (_, i) => i % 2)
    const weighted = await model.testOnBatch(x, y, { sampleWeight: weights })
    expect(weighted['loss']).not.toBe((await model.testOnBatch(x, y))['loss'])
    await expect(model.trainOnBatch(x, y, { epochs: 2 } as never)).rejects.toThrow('got epochs')
    await expect(model.testOnBatch(x, y, { foo: 1 } as never)).rejects.toThrow('got foo')
    await expect(model.trainOnBatch(7 as never, y)).rejects.toThrow(ArgumentError)
  })
})

test('averages stay beside the weights by hand, and are put in their place by fit', async () => {
  const trained = async (useEma: boolean, byHand: boolean) => {
    using model = chain()
    await model.compile({ device: device(), optimizer: adam({ useEma }), ...LOSS })
    if (byHand) for (let i = 0; i < 2; i++) await model.trainOnBatch(x, y)
    else await model.fit({ x, y }, { epochs: 2, batchSize: N, shuffle: false })
    return await model.getWeights()
  }
  const plain = await trained(false, true)
  expect(await trained(true, true)).toEqual(plain)
  expect(await trained(true, false)).not.toEqual(plain)
})

describe('cloneModel', () => {
  test('has layers of its own, frozen alike, and the values that the layers were made with', async () => {
    const model = smallClassifier(K)
    model.classNames = ['a', 'b', 'c']
    const first = await model.getWeights()
    await model.setWeights(first.map(zero))
    const clone = await cloneModel(model)
    expect(clone.weights.map((w) => [w.path, w.shape, w.trainable])).toEqual(model.weights.map((w) => [w.path, w.shape, w.trainable]))
    expect(clone.weights.some((w) => model.weights.includes(w))).toBe(false)
    expect(clone.classNames).toEqual(model.classNames)
    expect((await clone.getWeights())[0]!.data.some((v) => v !== 0)).toBe(true)
    expect((await model.getWeights()).every((t) => t.data.every((v) => v === 0))).toBe(true)
  })

  test('has the structures of inputs and outputs, and says no more of pictures than was said', async () => {
    const input = layers.input({ shape: [4, 4, 3], name: 'image' })
    const output = layers.dense({ units: K, activation: 'softmax' }).apply(layers.flatten().apply(input))
    const model = new Model({ inputs: { image: input }, outputs: [output], automaticNames: true })
    using clone = await cloneModel(model)
    expect([clone.inputNames, clone.automaticNames, clone.name]).toEqual([model.inputNames, true, model.name])
    await clone.compile({ device: device(), optimizer: 'adam', ...LOSS })
    expect(Array.isArray(await clone.predict(values([1, 4, 4, 3], 1)))).toBe(true)
    learn(clone, { classNames: ['a', 'b', 'c'], pictures: { interpolation: 'bilinear' } })
    expect([clone.classNames, clone.pictures!.interpolation]).toEqual([['a', 'b', 'c'], 'bilinear'])
    model.pictures = { interpolation: 'nearest' }
    const said = await cloneModel(model)
    learn(said, { pictures: { interpolation: 'bilinear' } })
    expect(said.pictures!.interpolation).toBe('nearest')
  })

  test('a layer that Keras does not have is named', async () => {
    const input = layers.input({ shape: [4, 4, 3] })
    const model = new Model({ inputs: input, outputs: layers.localResponseNormalization({ name: 'norm' }).apply(input) })
    await expect(cloneModel(model)).rejects.toThrow('[norm]')
  })
})

describe('withoutTop', () => {
  test('what includeTop false gives', async () => {
    const cases = [
      [vgg16, 'block5_pool'],
      [resnet50, 'conv5_block3_out'],
      [inceptionV3, 'mixed10'],
      [googlenet, 'inception_5b/output'],
    ] as const
    for (const [make, name] of cases) {
      const cut = (await make()).withoutTop()
      const open = await make({ includeTop: false })
      expect([cut.outputs[0]!.layer.name, cut.outputs[0]!.shape[3]]).toEqual([name, open.outputs[0]!.shape[3]])
    }
  })

  test('a largest value is no classifier, though there be one for each channel', async () => {
    const cut = (await vgg16({ inputShape: [32, 32, 3], classes: 10 })).withoutTop()
    expect(cut.outputs[0]!.layer.name).toBe('block5_pool')
  })

  test('shares weights; without a pool or Flatten the last layer with weights goes', () => {
    const model = chain()
    expect(model.withoutTop().outputs[0]!.layer).toBe(model.getLayer('conv'))
    const dense = sequential([
      layers.input({ shape: [4] }),
      layers.dense({ units: 3, name: 'one' }),
      layers.dense({ units: 2 }),
      layers.softmax(),
    ])
    expect(dense.withoutTop().outputs[0]!.layer.name).toBe('one')
    expect(() => sequential([layers.input({ shape: [4] }), layers.softmax()]).withoutTop()).toThrow('must be a classifier to be cut off')
  })
})

describe('topK', () => {
  const rows = { shape: [2, 4], data: Float32Array.of(0.1, 0.4, 0.1, 0.4, 3, 1, 2, 0) }

  test('the largest first, of equal ones the first', () => {
    expect(topK(rows, 3)).toEqual({ values: [[0.4, 0.4, 0.1], [3, 2, 1]].map((r) => r.map(Math.fround)), indices: [[1, 3, 0], [0, 2, 1]] }) // prettier-ignore
  })

  test('refused', () => {
    expect(() => topK(rows, 5)).toThrow('k must be a whole number from 1 to 4, got 5')
    expect(() => topK({ shape: [8], data: rows.data }, 1)).toThrow('[topK] values must be [N,C], got [8]')
    expect(() => topK({ shape: [1, 2], data: Float32Array.of(1, NaN) }, 1)).toThrow('values must be numbers, got NaN at 1 of row 0')
  })
})

describe('stream, lost, moveTo', () => {
  test('a stream has the bytes of the blob, and can be given up', async () => {
    const file = chain().save('h5')
    const bytes = new Uint8Array(await new Response(file.stream()).arrayBuffer())
    expect(bytes).toEqual(new Uint8Array(await (await file.blob()).arrayBuffer()))
    await file.stream().cancel()
    const model = chain()
    const before = await model.getWeights()
    await model.setWeights(before) // values that are in memory as they go into the file
    for await (const chunk of model.save('h5').stream() as unknown as AsyncIterable<Uint8Array>) chunk.fill(0)
    expect(await model.getWeights()).toEqual(before)
  })

  test('device.lost settles as WebGPU has it', async () => {
    const other = await openDevice({ gpu: await openGpu() })
    other.dispose()
    expect((await other.lost).reason).toBe('destroyed')
  })

  test('a model goes on with another device to the bit, training included', async () => {
    const other = await openDevice({ gpu: await openGpu() })
    const [model, stayed] = [smallClassifier(K, { dropout: 0.3 }), smallClassifier(K, { dropout: 0.3 })]
    for (const m of [model, stayed]) {
      await m.compile({ device: device(), optimizer: adam(), ...LOSS })
      await m.fit({ x, y }, { epochs: 2, batchSize: 5 })
    }
    await model.moveTo(device()) // where it is
    await model.moveTo(other)
    expect(model.device).toBe(other)
    expect((await model.predict(x)).shape).toEqual([N, K])
    for (const m of [model, stayed]) await m.fit({ x, y }, { epochs: 1, batchSize: 5 })
    expect(await model.getWeights()).toEqual(await stayed.getWeights())
    stayed.dispose()
    model.dispose()
    expect(other.live.buffers).toBe(0)
    other.dispose()
  })

  test('a lost device is left, with the weights as they were read; trained ones are gone with it', async () => {
    const lost = await openDevice({ gpu: await openGpu() })
    const [model, trained] = [chain(), chain()]
    await model.compile({ device: lost })
    const before = await model.getWeights()
    await trained.compile({ device: lost, optimizer: adam(), ...LOSS })
    await trained.trainOnBatch(x, y)
    lost.gpu.destroy()
    await lost.lost
    await model.moveTo(device())
    expect(await model.getWeights()).toEqual(before)
    model.dispose()
    await expect(trained.moveTo(device())).rejects.toThrow(DeviceError)
    trained.dispose()
    lost.dispose()
  })

  test('refused', async () => {
    await expect(chain().moveTo(device())).rejects.toThrow('a model must be compiled before moveTo')
    using model = chain()
    await model.compile({ device: device() })
    await expect(model.moveTo(null as never)).rejects.toThrow('[moveTo] device must be what openDevice() gave, got null')
  })
})
