/** The four cases of transfer learning: what is kept, frozen, added and made anew, of networks of every kind. */
import { describe, expect, test } from 'vitest'
import { googlenet, inceptionV3, layers, Model, resnet50, transfer, vgg16, type DataFormat, type TransferOptions } from '../../src/index.ts'
import type { Network } from '../../src/layers/network.ts'
import { modelFromConfig } from '../../src/models/from_config.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import '../support/all_classes.ts'
import { useDevice } from '../support/device.ts'
import { values } from '../support/values.ts'

const device = useDevice()

/** Two blocks of a convolution and a normalisation, and a classifier of two dense layers. */
function small(name = 'small'): Model {
  const input = layers.input({ shape: [8, 8, 3] })
  let x = layers.conv2d({ filters: 4, kernelSize: 3, useBias: false, name: 'conv1' }).apply(input)
  x = layers.batchNormalization({ name: 'norm1' }).apply(x)
  x = layers.relu({ name: 'relu1' }).apply(x)
  const branch = (n: string) => layers.conv2d({ filters: 3, kernelSize: 1, name: `branch${n}` }).apply(x)
  x = layers.concatenate({ name: 'mixed' }).apply([branch('1'), branch('2')])
  x = layers.conv2d({ filters: 5, kernelSize: 3, name: 'conv2' }).apply(x)
  x = layers.globalAveragePooling2d({ name: 'pool' }).apply(x)
  x = layers.dense({ units: 6, activation: 'relu', name: 'hidden' }).apply(x)
  x = layers.dropout({ rate: 0.5, name: 'drop' }).apply(x)
  x = layers.dense({ units: 7, name: 'scores' }).apply(x)
  return new Model({ inputs: input, outputs: layers.softmax({ name: 'softmax' }).apply(x), name })
}

const OF = {
  1: { dataSize: 'small', similarity: 'similar' },
  2: { dataSize: 'small', similarity: 'different' },
  3: { dataSize: 'large', similarity: 'similar' },
  4: { dataSize: 'large', similarity: 'different' },
} as const
const caseOf = (n: 1 | 2 | 3 | 4, more: Partial<TransferOptions> = {}): TransferOptions => ({ ...OF[n], classes: 3, ...more })

const trainableOf = (network: Network) => network.weights.filter((w) => w.trainable).map((w) => w.path)
const firstOf = async (network: Network, path: string) => [...(await network.weights.find((w) => w.path === path)!.source.read(0, 4))]

describe('a small network', () => {
  test('case 1: a new last layer, which alone trains', () => {
    const { model, trunk, ...done } = transfer(small(), caseOf(1))
    expect(done).toMatchObject({ case: 1, frozen: true, reinitialized: false, removed: ['scores', 'softmax'], added: ['predictions'] })
    expect(done.kept.at(-1)).toBe('drop')
    expect(trainableOf(model)).toEqual(['predictions/kernel', 'predictions/bias'])
    expect(trunk.outputs[0]!.shape).toEqual([null, 6])
    expect(model.outputs[0]!.shape).toEqual([null, 3])
  })

  test('case 2: the layers near the beginning, and a new classifier', () => {
    const { model, kept, removed, added, frozen } = transfer(small(), caseOf(2))
    expect(kept).toEqual(['conv1', 'norm1', 'relu1'].slice(0, 1)) // one of five layers with weights; two would be more than a third
    expect(removed[0]).toBe('norm1')
    expect([frozen, added.length, added.at(-1)]).toEqual([true, 2, 'predictions'])
    expect(trainableOf(model)).toEqual(['predictions/kernel', 'predictions/bias'])
  })

  test('case 3: everything trains, from the weights that were there', async () => {
    const network = small()
    const before = await firstOf(network, 'conv1/kernel')
    const { model, kept, frozen } = transfer(network, caseOf(3))
    expect([kept.at(-1), frozen]).toEqual(['drop', false])
    expect(trainableOf(model)).toContain('norm1/gamma')
    expect(trainableOf(model)).not.toContain('norm1/moving_mean')
    expect(await firstOf(model, 'conv1/kernel')).toEqual(before)
    // As Keras's guide to fine-tuning has it: base(x, training=False).
    expect(model.calls.find(([t]) => t!.layer.name === 'small')![0]!.call).toEqual({ training: false })
  })

  test('case 4: everything trains, from new random weights, or from the old ones', async () => {
    const network = small()
    const before = await firstOf(network, 'conv1/kernel')
    const pretrained = transfer(network, caseOf(4, { initialize: 'pretrained' }))
    expect([pretrained.reinitialized, await firstOf(pretrained.model, 'conv1/kernel')]).toEqual([false, before])
    const { model, reinitialized } = transfer(network, caseOf(4, { seed: 5 }))
    expect(reinitialized).toBe(true)
    const after = await firstOf(model, 'conv1/kernel')
    expect(after).not.toEqual(before)
    expect(model.calls.find(([t]) => t!.layer.name === 'small')![0]!.call).toEqual({})
    transfer(network, caseOf(4, { seed: 6 }))
    expect(await firstOf(model, 'conv1/kernel')).not.toEqual(after)
    transfer(network, caseOf(4, { seed: 5 }))
    expect(await firstOf(model, 'conv1/kernel')).toEqual(after)
  })

  test('a head, pooling, layers in front, pictures of another size', () => {
    const { model, added } = transfer(
      small(),
      caseOf(2, {
        cut: 'mixed',
        pooling: 'max',
        head: { units: [5, 4], dropout: 0.25, activation: 'tanh' },
        inputShape: [6, 9, 3],
        augmentation: [layers.dropout({ rate: 0.1, name: 'spots' })],
        preprocess: 'tf',
        name: 'mine',
      }),
    )
    expect(model.name).toBe('mine')
    expect(model.input.shape).toEqual([null, 6, 9, 3])
    expect(model.layers.map((l) => l.className)).toEqual(
      'InputLayer Dropout Rescaling Resizing Functional GlobalMaxPooling2D Dropout Dense Dropout Dense Dropout Dense'.split(' '),
    )
    expect(added[0]).toBe('spots')
    const own = layers.rescaling({ scale: 2, name: 'own' })
    expect(transfer(small(), caseOf(1, { cut: 'mixed', pooling: 'flatten', head: [own] })).added.slice(-2)).toEqual(['own', 'predictions'])
  })

  test('describe() says what and why', () => {
    const lines = transfer(small('birds'), caseOf(2, { cut: 'relu1' }))
      .describe()
      .split('\n')
    expect(lines[0]).toBe('Case 2 of transfer learning: a small data set, different from that of birds')
    expect(lines[1]).toMatch(/^Why: few samples would overfit the whole network/)
    expect(lines[2]).toBe('Kept: 3 layers, up to relu1 (124 parameters), frozen')
    expect(lines[3]).toBe('Removed: 9 layers behind, branch1 to softmax (390 parameters)')
    expect(lines[4]).toMatch(/^Added: global_average_pooling2d\w*, predictions \(15 parameters\)$/)
    expect(lines[5]).toBe('Trains: 15 of 139 parameters')
    expect(lines[6]).toMatch(/^Advice: Adam with a learning rate of 0.001; /)
    expect(transfer(small(), caseOf(3)).describe()).toMatch(/Trains: \d+ of \d+ parameters\nAdvice: Adam with a learning rate of 0.00001;/)
    expect(transfer(small(), caseOf(4)).describe()).toContain('with new random weights')
  })
})

describe('networks of every kind', () => {
  test.each<[name: string, make: () => Promise<Network>, kept: string, early: string]>([
    ['VGG16 with top', () => vgg16({ inputShape: [32, 32, 3] }), 'fc2', 'block2_pool'],
    ['VGG16 without', () => vgg16({ includeTop: false, inputShape: [32, 32, 3] }), 'block5_pool', 'block2_pool'],
    ['InceptionV3, pooled', () => inceptionV3({ includeTop: false, pooling: 'avg', inputShape: [75, 75, 3] }), 'avg_pool', 'mixed3'],
    ['ResNet50 with top', () => resnet50({ inputShape: [32, 32, 3] }), 'avg_pool', 'conv3_block1_out'],
    ['GoogLeNet, of three outputs', () => googlenet({ inputShape: [224, 224, 3] }), 'pool5/drop_7x7_s1', 'pool3/3x3_s2'],
  ])('%s', async (_name, make, kept, early) => {
    const network = await make()
    expect(transfer(network, caseOf(1)).kept.at(-1)).toBe(kept)
    const { kept: first, model } = transfer(network, caseOf(2))
    expect(first.at(-1)).toBe(early)
    expect(model.outputs[0]!.shape).toEqual([null, 3])
  })

  test('one that a file describes, with a network in it: cut by the name of an inner layer', () => {
    const outer = layers.input({ shape: [8, 8, 3] })
    const nested = new Model({
      inputs: outer,
      outputs: layers.dense({ units: 2, name: 'top' }).apply(small().apply(layers.rescaling({ scale: 2, name: 'scaled' }).apply(outer))),
    })
    const loaded = modelFromConfig(nested.serialize(), 3)
    expect(transfer(loaded, caseOf(1)).removed).toEqual(['top'])
    const { kept, model } = transfer(loaded, caseOf(2, { cut: 'mixed' }))
    expect(kept[0]).toBe('scaled')
    expect(kept.at(-1)).toBe('mixed')
    expect(model.countParams()).toBe(12 * 9 + 16 + 2 * 15 + 6 * 3 + 3)
    const inner = new Model({ inputs: outer, outputs: small().apply(outer) })
    expect(transfer(inner, caseOf(1)).removed).toEqual(['scores', 'softmax'])
  })

  test('a classifier that is a convolution of one pixel', () => {
    const input = layers.input({ shape: [4, 4, 3] })
    let x = layers.globalAveragePooling2d({ keepdims: true, name: 'pool' }).apply(input)
    x = layers.conv2d({ filters: 5, kernelSize: 1, name: 'scores' }).apply(x)
    const network = new Model({ inputs: input, outputs: layers.softmax().apply(layers.reshape({ targetShape: [5] }).apply(x)) })
    expect(transfer(network, caseOf(1)).kept).toEqual(['pool'])
  })
})

describe('refused', () => {
  test.each<[options: object, message: string]>([
    [{ dataSize: 'tiny' }, '[transfer] dataSize must be small or large, got "tiny"'],
    [{ similarity: undefined }, '[transfer] similarity must be similar or different, got undefined'],
    [{ classes: 1 }, '[transfer] classes must be at least 2, got 1'],
    [{ classes: 2.5 }, '[transfer] classes must be a positive whole number, got 2.5'],
    [{ pooling: 'average' }, '[transfer] pooling must be avg or max or flatten, got "average"'],
    [{ pooling: 'avg' }, '[transfer] pooling is for a feature map, got avg for features [N,6]'],
    [{ frozen: true }, 'name, got frozen'],
    [{ initialize: 'pretrained' }, 'case 4, got it in case 1'],
    [{ trainStatistics: true }, 'got it in case 1, which freezes them'],
    [{ head: [3] }, '[transfer] head must be layers, got 3'],
    [{ seed: 0.5 }, '[transfer] seed must be a whole number, got 0.5'],
    [{ cut: 'conv9' }, '[small] a layer must be in the network, got conv9; there are conv1, conv2'],
  ])('%j', (options, message) => {
    const network = small()
    expect(() => transfer(network, { ...caseOf(1), ...options })).toThrow(message)
    expect(network.trainable, 'left as it was').toBe(true)
  })

  test('a network without a feature map has no place to be cut at', () => {
    const input = layers.input({ shape: [4] })
    const network = new Model({ inputs: input, outputs: layers.dense({ units: 3 }).apply(input) })
    expect(() => transfer(network, caseOf(2))).toThrow('[transfer] cut must be given for a network without a layer [N,H,W,C]')
  })
})

test('new weights reach the device, though the network is there with its old ones', async () => {
  const network = small()
  await network.compile({ device: device() })
  const old = (await network.getWeights())[0]!.data
  using model = transfer(network, caseOf(4, { seed: 3 })).model
  await model.compile({ device: device(), optimizer: adam(), loss: 'sparseCategoricalCrossentropy' })
  const now = (await model.getWeights())[0]!.data
  expect(now).not.toEqual(old)
  expect([...now].slice(0, 4)).toEqual(await firstOf(model, 'conv1/kernel'))
  expect((await network.getWeights())[0]!.data).toEqual(now) // one weight, of both
  network.dispose()
})

test('case 1 trains the new layer and leaves the rest as it was', async () => {
  const { model } = transfer(small(), caseOf(1))
  await model.compile({ device: device(), optimizer: adam({ learningRate: 0.05 }), loss: 'sparseCategoricalCrossentropy' })
  const before = await model.getWeights()
  const data = { x: values([9, 8, 8, 3], 1), y: Array.from({ length: 9 }, (_, i) => i % 3) }
  const { epochs } = await model.fit(data, { epochs: 3, batchSize: 4 })
  expect(epochs[2]!.logs.loss).toBeLessThan(epochs[0]!.logs.loss)
  const after = await model.getWeights()
  model.weights.forEach((w, i) => {
    if (w.trainable) expect(after[i], w.path).not.toEqual(before[i])
    else expect(after[i], w.path).toEqual(before[i])
  })
  model.dispose()
})

describe('a network whose channels come first', () => {
  /** The same network with its channels first or last. */
  function inOrder(dataFormat: DataFormat): Model {
    const first = dataFormat === 'channelsFirst'
    const input = layers.input({ shape: first ? [3, 8, 6] : [8, 6, 3] })
    let x = layers.conv2d({ filters: 4, kernelSize: 3, name: 'conv1', dataFormat }).apply(input)
    x = layers.conv2d({ filters: 5, kernelSize: 3, name: 'conv2', dataFormat }).apply(x)
    x = layers.globalAveragePooling2d({ name: 'pool', dataFormat, keepdims: true }).apply(x)
    x = layers.conv2d({ filters: 7, kernelSize: 1, name: 'scores', dataFormat }).apply(x)
    return new Model({ inputs: input, outputs: layers.flatten().apply(x), name: 'small' })
  }
  /** [N,H,W,C] as [N,C,H,W]. */
  const turned = ({ shape: [N, H, W, C], data }: { shape: readonly number[]; data: Float32Array }) => ({
    shape: [N!, C!, H!, W!],
    data: data.map((_, i) => {
      const [n, c, pixel] = [Math.floor(i / (C! * H! * W!)), Math.floor(i / (H! * W!)) % C!, i % (H! * W!)]
      return data[(n * H! * W! + pixel) * C! + c]!
    }),
  })

  test.each(['avg', 'max', 'flatten'] as const)('is cut, pooled (%s) and fed as the one whose channels come last', async (pooling) => {
    const x = values([2, 9, 7, 3], 1, 0, 255)
    const more = { cut: 'conv2', pooling, preprocess: 'caffe', seed: 3 } as const
    const [last, first] = (['channelsLast', 'channelsFirst'] as const).map((dataFormat) =>
      transfer(inOrder(dataFormat), caseOf(1, { ...more, inputShape: dataFormat === 'channelsFirst' ? [3, 9, 7] : [9, 7, 3] })),
    )
    using ofLast = last!.model
    using ofFirst = first!.model
    for (const model of [ofLast, ofFirst]) await model.compile({ device: device() })
    const [wanted, got] = [await ofLast.predict(x), await ofFirst.predict(turned(x))]
    got.data.forEach((v, i) => expect(Math.abs(v - wanted.data[i]!)).toBeLessThan(1e-6))
  })

  test('a convolution of one pixel is a classifier; layers in front must have its order', () => {
    expect(transfer(inOrder('channelsFirst'), caseOf(1)).removed[0]).toBe('scores')
    expect(transfer(inOrder('channelsFirst'), caseOf(1)).kept.at(-1)).toBe('pool')
    const augmentation = [layers.randomFlip({ name: 'flip' })]
    expect(() => transfer(inOrder('channelsFirst'), caseOf(1, { augmentation }))).toThrow(
      '[small] layers that augment must have the dataFormat of the input, [null,3,8,6] with channels first, got flip with channels last',
    )
  })
})
