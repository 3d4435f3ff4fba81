/** Training with augmentation: it moves what is trained on and nothing else, by the seed. */
import { describe, expect, test } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import { nthSeed } from '../../src/random.ts'
import type { FitProgress } from '../../src/training/fit_options.ts'
import { Model } from '../../src/training/model.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import { useDevice } from '../support/device.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const data = { x: values([10, 6, 7, 3], 1, 0, 255), y: Uint8Array.from({ length: 10 }, (_, i) => i % 3) }

/** A head on a frozen convolution on pictures that are moved and coloured. */
async function model(augmented: boolean): Promise<Model> {
  const input = layers.input({ shape: [6, 7, 3] })
  let x = input
  if (augmented) {
    const moves = [
      layers.randomErasing({ scale: [0.1, 0.2] }),
      layers.randomFlip(),
      layers.randomRotation({ factor: 0.2 }),
      layers.randomZoom({ heightFactor: 0.2 }),
    ]
    const colors = [layers.randomColorJitter({ brightnessFactor: 0.2, contrastFactor: 0.5, saturationFactor: [0.3, 0.7], hueFactor: 0.1 })]
    for (const layer of [...moves, layers.randomTranslation({ heightFactor: 0.2, widthFactor: 0.2 }), ...colors]) x = layer.apply(x)
  }
  x = layers.rescaling({ scale: 1 / 255 }).apply(x)
  const trunk = layers.conv2d({ filters: 5, kernelSize: 3, name: 'trunk', trainable: false })
  x = layers.globalAveragePooling2d().apply(trunk.apply(x))
  const made = new Model({ inputs: input, outputs: layers.dense({ units: 3, activation: 'softmax', name: 'head' }).apply(x) })
  await made.compile({ device: device(), optimizer: sgd({ learningRate: 0.1 }), loss: 'sparseCategoricalCrossentropy' })
  return made
}

async function trained(augmented: boolean, seed: number) {
  using made = await model(augmented)
  const before = await made.evaluate(data)
  let cached = 0
  const onProgress = ({ phase, total }: FitProgress) => (cached = phase === 'features' ? total : cached)
  const { epochs } = await made.fit(data, { epochs: 2, batchSize: 4, seed, validationData: data, onProgress })
  const head = (await made.getWeights()).at(-2)!.data
  return { before, logs: epochs.map((e) => e.logs), after: await made.evaluate(data), head: [...head], cached }
}

test('the same seed draws the same, another one something else; evaluation sees what is there', async () => {
  const plain = await trained(false, 1)
  const first = await trained(true, 1)
  const again = await trained(true, 1)
  const other = await trained(true, 2)
  expect(again).toEqual(first)
  expect(other.head).not.toEqual(first.head)
  expect(plain.head).not.toEqual(first.head)
  expect(first.before).toEqual(plain.before)
  // The last validation is that of the weights as they are.
  expect(first.logs.at(-1)!['val_loss']).toBeCloseTo(first.after['loss'], 6)
  expect(
    [plain.cached, first.cached],
    'samples that the trunk sees once: where it sees others in every epoch, those of validation',
  ).toEqual([20, 10])
})

describe('predictions that are averaged', () => {
  const BATCH = 4

  test('are the mean of as many as are asked for, each of other draws, by the seed', async () => {
    using augmenting = await model(true)
    const predict = (times: number, seed: number) => augmenting.predict(data.x, { augment: true, times, seed, batchSize: BATCH })
    const plain = await augmenting.predict(data.x, { batchSize: BATCH })
    const [one, three, again, other] = [await predict(1, 5), await predict(3, 5), await predict(3, 5), await predict(3, 6)]
    expect(again.data).toEqual(three.data)
    for (const [a, b] of [[one, three], [three, other], [one, plain]] as const) expect(a.data).not.toEqual(b.data) // prettier-ignore
    const rows = Array.from({ length: 10 }, (_, n) => [...three.data.subarray(3 * n, 3 * n + 3)].reduce((sum, v) => sum + v, 0))
    rows.forEach((sum) => expect(sum).toBeCloseTo(1, 5))
    expect(await augmenting.predict(data.x, { batchSize: BATCH }), 'nothing is left of it').toEqual(plain)
  })

  test('of layers that are given: flips alone, of which there are two', async () => {
    using plain = await model(false)
    const flipped = (n: number, w: number) => (w * 7 + (6 - n)) * 3 // pixel n of row w, from the right
    const x = Float32Array.from(data.x.data.subarray(0, 126))
    const mirrored = Float32Array.from(x, (_, i) => x[flipped(Math.floor(i / 3) % 7, Math.floor(i / 21)) + (i % 3)]!)
    const of = async (picture: Float32Array<ArrayBuffer>) => [...(await plain.predict({ shape: [1, 6, 7, 3], data: picture })).data]
    const both = [await of(x), await of(mirrored)]
    const times = 64
    const progress: [number, number][] = []
    const mean = await plain.predict(
      { shape: [1, 6, 7, 3], data: x },
      { augment: [layers.randomFlip({ mode: 'horizontal' })], times, onProgress: (done, total) => progress.push([done, total]) },
    )
    // share * as it is + (1 - share) * mirrored, with one share for all classes, a whole number of 64ths
    const shares = [...mean.data].map((v, k) => (v - both[1]![k]!) / (both[0]![k]! - both[1]![k]!))
    const share = Math.round(shares[0]! * times) / times
    expect(Math.abs(share - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / times))
    mean.data.forEach((v, k) => expect(v).toBeCloseTo(share * both[0]![k]! + (1 - share) * both[1]![k]!, 5))
    expect(progress.at(-1)).toEqual([times, times])
  })

  test('are refused where nothing draws, by name', async () => {
    using plain = await model(false)
    await expect(plain.predict(data.x, { augment: true })).rejects.toThrow(
      '[predict] augment: true needs a model with layers that augment, got one without (augment: [layers.randomFlip()] gives it some)',
    )
    await expect(plain.predict(data.x, { augment: [layers.relu()] as unknown as true })).rejects.toThrow(
      '[predict] augment must be a list of layers that augment, such as layers.randomFlip(), got ',
    )
    await expect(plain.predict(data.x, { augment: [layers.randomCrop({ height: 4, width: 4 })] })).rejects.toThrow(
      'layers that augment must keep the shape of the input, [null,6,7,3], got [null,4,4,3]',
    )
    await expect(plain.predict(data.x, { augment: true, times: 0 })).rejects.toThrow(
      '[predict] times must be a positive whole number, got 0',
    )
    await expect(plain.evaluate(data, { augment: true })).rejects.toThrow('[evaluate] augment: true needs a model with layers that augment')
    await expect(plain.evaluate(data, { augment: true, times: 2.5 })).rejects.toThrow(
      '[evaluate] times must be a positive whole number, got 2.5',
    )
    await expect(plain.evaluate(data, { times: 3 })).rejects.toThrow('[evaluate] times and seed belong to augment, got times without it')
    await expect(plain.predict(data.x, { seed: 3 })).rejects.toThrow('[predict] times and seed belong to augment, got seed without it')
  })

  test('are what evaluate scores when it is asked to, regularizers included; iterators are read once', async () => {
    const input = layers.input({ shape: [6, 7, 3] })
    const moved = layers.randomTranslation({ heightFactor: 0.3, widthFactor: 0.3 }).apply(layers.rescaling({ scale: 1 / 255 }).apply(input))
    const filters = layers.conv2d({ filters: 2, kernelSize: 3, activityRegularizer: 'l1', kernelRegularizer: 'l2' })
    const head = layers.dense({ units: 3, activation: 'softmax' })
    using model = new Model({ inputs: input, outputs: head.apply(layers.flatten().apply(filters.apply(moved))) })
    await model.compile({ device: device(), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
    const options = { augment: true, times: 3, seed: 5, batchSize: BATCH }
    const progress: [number, number][] = []
    const found = await model.evaluate(data, { ...options, onProgress: (done, total) => progress.push([done, total]) })
    expect(progress.at(-1)).toEqual([30, 30])
    const y = await model.predict(data.x, options)
    const right = data.y.filter(
      (label, n) => y.data.subarray(3 * n, 3 * n + 3).indexOf(Math.max(...y.data.subarray(3 * n, 3 * n + 3))) === label,
    )
    expect(found['accuracy']).toBeCloseTo(right.length / 10, 6)
    const crossentropy = data.y.reduce((sum, label, n) => sum - Math.log(y.data[3 * n + label]!), 0) / 10
    const kernel = (await model.getWeights())[0]!.data
    const l2 = 0.01 * Array.from(kernel).reduce((sum, v) => sum + v * v, 0)
    const flat = Array.from({ length: 3 }, (_, i) => i * BATCH).map((begin) => {
      const end = Math.min(10, begin + BATCH)
      return { x: { shape: [end - begin, 6, 7, 3], data: data.x.data.subarray(begin * 126, end * 126) }, y: data.y.subarray(begin, end) }
    })
    // Layers draw by the seed and their places in the graph, which are the same in a model that ends here.
    using inner = new Model({ inputs: input, outputs: filters.apply(moved) })
    await inner.compile({ device: device() })
    let activity = 0
    for (const [i, { x }] of flat.entries())
      for (const time of [0, 1, 2]) {
        const seed = nthSeed(nthSeed(5, i * BATCH * 3 + time + 1), 1)
        const made = await inner.predict(x, { augment: true, times: 1, seed, batchSize: BATCH })
        activity += Array.from(made.data).reduce((sum, v) => sum + (0.01 * Math.abs(v)) / 30, 0)
      }
    expect(found['loss']).toBeCloseTo(crossentropy + l2 + activity, 4)
    expect(await model.evaluate(flat.values(), { augment: true, times: 3, seed: 5 })).toEqual(found)
    expect((await model.predict(flat.values(), { augment: true, times: 3, seed: 5 })).data).toEqual(y.data)
  })
})

test('layers before the model augment what it is trained on, not what validates', async () => {
  using plain = await model(false)
  const options = { epochs: 1, batchSize: 4, seed: 1, validationData: data }
  const before = await plain.evaluate(data)
  await plain.fit(data, { ...options, augment: [layers.randomRotation({ factor: 0.5 })] })
  const moved = [...(await plain.getWeights()).at(-2)!.data]
  using other = await model(false)
  expect(await other.evaluate(data)).toEqual(before)
  await other.fit(data, options)
  expect([...(await other.getWeights()).at(-2)!.data]).not.toEqual(moved)
  await expect(plain.fit(data, { augment: [] })).rejects.toThrow('[fit] augment must be a list of layers that augment')
})

test('weights below layers that augment train: what moves and colours them passes gradients on', async () => {
  const input = layers.input({ shape: [6, 7, 3] })
  let x = layers.rescaling({ scale: 1 / 255 }).apply(input)
  x = layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'sigmoid', name: 'first' }).apply(x)
  const valueRange = [0, 1] as const
  const augmenting = [
    layers.randomFlip(),
    layers.randomRotation({ factor: 0.2 }),
    layers.randomColorJitter({ valueRange, brightnessFactor: 0.1, contrastFactor: 0.5, saturationFactor: [0.4, 0.6] }),
    layers.randomErasing({ scale: [0.1, 0.2], valueRange }),
    layers.randomCrop({ height: 5, width: 5 }),
  ]
  for (const layer of augmenting) x = layer.apply(x)
  // A name of its own, since the first weights depend on it: an automatic one counts the layers of the tests before.
  const y = layers.dense({ units: 3, activation: 'softmax', name: 'last' }).apply(layers.flatten().apply(x))
  using model = new Model({ inputs: input, outputs: y })
  await model.compile({ device: device(), optimizer: sgd({ learningRate: 0.5 }), loss: 'sparseCategoricalCrossentropy' })
  const before = (await model.getWeights())[0]!.data
  // A class is a colour, so that there is something to learn.
  const coloured = { ...data.x, data: data.x.data.map((v, i) => v / 4 + (i % 3 === Math.floor(i / 126) % 3 ? 190 : 0)) }
  const { epochs } = await model.fit({ x: coloured, y: data.y }, { epochs: 20, batchSize: 10, seed: 1 })
  const after = (await model.getWeights())[0]!.data
  expect(after.filter((v, i) => v !== before[i]).length).toBe(after.length)
  const mean = (begin: number, end: number) => epochs.slice(begin, end).reduce((sum, { logs }) => sum + logs.loss / (end - begin), 0)
  expect(mean(15, 20)).toBeLessThan(mean(0, 5))
})
