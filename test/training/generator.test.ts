/** ImageDataGenerator: what it draws, statistics and values of real Keras, data. How it moves pixels: test/reference/augmentation.test.ts. */
import { describe, expect, test } from 'vitest'
import golden from '../golden/augmentation.json'
import { trainingOps } from '../../src/kernels/training.ts'
import type { Batch, Dataset } from '../../src/dataset.ts'
import { Graph, isOp } from '../../src/graph/graph.ts'
import { draws } from '../../src/kernels/draws.ts'
import type { ImageDataGeneratorOptions } from '../../src/layers/augmentation/generator.ts'
import { layers } from '../../src/layers/index.ts'
import { Network } from '../../src/layers/network.ts'
import { sizeOf } from '../../src/shape.ts'
import { imageDataGenerator, type ImageDataGenerator } from '../../src/training/generator.ts'
import { Model } from '../../src/training/model.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import { mismatch } from '../support/close.ts'
import { useDevice } from '../support/device.ts'
import { EPS } from '../reference/reference.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const x = values([4, 5, 6, 3], 1, 0, 255)

function graphOf(generator: ImageDataGenerator, augment: boolean): Graph {
  const graph = new Graph()
  const input = layers.input({ shape: [5, 6, 3] })
  const network = new Network({ inputs: input, outputs: generator.apply(input) })
  const c = { graph, training: augment && trainingOps, augment, seed: () => graph.input('seed', [2], 'u32') }
  network.emitAll(c, [graph.input('x', [4, 5, 6, 3])])
  return graph
}

const rangesOf = (options: ImageDataGeneratorOptions) =>
  graphOf(imageDataGenerator(options), true).nodes.flatMap((n) => (isOp(n, draws) ? [n.attrs.ranges.map((r) => [...r])] : []))

test('draws from the ranges of Keras, in its order', () => {
  expect(rangesOf({})).toEqual([])
  expect(rangesOf({ rotationRange: 36, heightShiftRange: 0.2, widthShiftRange: 2, shearRange: 18, zoomRange: 0.25 })).toEqual([
    [[-0.1, 0.1], [-1, 1], [-2, 2], [-0.05, 0.05], [0.75, 1.25], [0.75, 1.25]], // prettier-ignore
  ])
  const colors = { brightnessRange: [0.5, 2], channelShiftRange: 30, horizontalFlip: true, verticalFlip: true } as const
  expect(rangesOf(colors)).toEqual([[[-30, 30]], [[0, 1]], [[0, 1]], [[0.5, 2]]])
  const ops = graphOf(imageDataGenerator({ ...colors, zoomRange: 0.5 }), true).nodes.flatMap((n) => (n.kind === 'op' ? [n.op.name] : []))
  const made = ['affineTransform', 'pictureShift', 'affineTransform', 'affineTransform', 'pictureShift']
  expect(ops.filter((name) => made.includes(name))).toEqual(made)
})

describe('standardises as Keras', () => {
  const cases = golden.standardized.flatMap(({ fitted, x, made }) => made.map((each) => ({ ...each, fitted, x })))
  test.each(cases)('$fitted.shape: $options', async ({ options: given, fitted, x: pictures, y }) => {
    const camel = Object.entries(given).map(([key, v]) => [key.replace(/_(.)/g, (_, c: string) => c.toUpperCase()), v] as const)
    const options: ImageDataGeneratorOptions = Object.fromEntries(camel)
    const moves = { rotationRange: 90, horizontalFlip: true, channelShiftRange: 30 } as const // not where it predicts
    const generator = await imageDataGenerator({ ...options, ...moves }).fit({ ...fitted, data: Float32Array.from(fitted.data) })
    const input = layers.input({ shape: pictures.shape.slice(1) })
    using model = new Model({ inputs: input, outputs: generator.apply(input) })
    await model.compile({ device: device() })
    const actual = await model.predict({ ...pictures, data: Float32Array.from(pictures.data) })
    const bound = (await slopes(y, options, model)).map((slope) => (sizeOf(pictures.shape) + 16) * EPS * 255 * slope)
    expect(mismatch(actual.data as Float32Array, { ...y, y: Float64Array.from(y.data), bound: Float64Array.from(bound) })).toBeUndefined()
  })

  /** How much a value changes at most by those that it is made of, roundings of which go through to it. */
  async function slopes(y: { readonly data: number[] }, { zcaWhitening }: ImageDataGeneratorOptions, model: Model): Promise<number[]> {
    const range = Math.max(...y.data) - Math.min(...y.data)
    if (!zcaWhitening) return y.data.map(() => range / 200)
    const { source, shape } = model.weights[0]!
    const matrix = await source.read(0, sizeOf(shape))
    const sums = Array.from({ length: shape[0]! }, (_, i) =>
      matrix.reduce((sum, v, at) => sum + (at % shape[0]! === i ? Math.abs(v) : 0), 0),
    )
    return y.data.map((_, i) => sums[i % shape[0]!]!)
  }
})

describe('fit', () => {
  test('finds statistics of augmented pictures, which are rescaled before', async () => {
    const bytes = { shape: x.shape, data: Uint8Array.from(x.data) }
    const options = { featurewiseCenter: true, brightnessRange: [0.5, 0.5], rescale: 2 } as const
    const generator = await imageDataGenerator(options).fit(bytes, { augment: true, rounds: 2, device: device() })
    const input = layers.input({ shape: [5, 6, 3] })
    using model = new Model({ inputs: input, outputs: generator.apply(input) })
    await model.compile({ device: device() })
    const y = await model.predict({ shape: [1, 5, 6, 3], data: new Float32Array(90) })
    // Twice a byte leaves 0..255 in every picture: stretched, halved and back.
    for (const c of [0, 1, 2]) {
      const halved = Array.from({ length: 4 }, (_, n) => {
        const twice = Array.from(bytes.data.subarray(n * 90, (n + 1) * 90), (v) => 2 * v)
        const [low, high] = [Math.min(...twice), Math.max(...twice)]
        const of = (v: number) => Math.trunc(Math.trunc(((v - low) / (high - low)) * 255 + 1e-4) / 2)
        return twice.filter((_, i) => i % 3 === c).map((v) => (of(v) / 255) * (high - low) + low)
      }).flat()
      expect(y.data[c]).toBeCloseTo(-halved.reduce((sum, v) => sum + v, 0) / halved.length, 0)
    }
  })

  test('refuses what it cannot do, by name', async () => {
    const generator = imageDataGenerator({ zcaWhitening: true, horizontalFlip: true })
    const large = { shape: [1, 53, 52, 3], data: new Uint8Array(53 * 52 * 3) }
    const rule = 'zcaWhitening has a matrix with a row for each value of a picture, of which there may be 8192'
    await expect(generator.fit(large)).rejects.toThrow(`[imageDataGenerator] ${rule}, got 8268 of [1,53,52,3]`)
    await expect(generator.fit(x, { augment: true })).rejects.toThrow('fit needs a device to augment pictures, got none')
    await expect(imageDataGenerator().fit(x, { augment: true, device: device() })).rejects.toThrow(
      '[predict] augment: true needs a model with layers that augment',
    )
    await expect(generator.fit({ shape: [2, 3], data: new Float32Array(6) })).rejects.toThrow('fit takes pictures [N,H,W,C], got [2,3]')
    await expect(generator.fit({ shape: [1, 1, 1, 1], data: Float32Array.of(NaN) })).rejects.toThrow('finite values, got NaN at 0')
    await expect(generator.fit({ shape: [0, 5, 6, 3], data: new Float32Array() })).rejects.toThrow('at least one, got none')
    expect(() => generator.apply(layers.input({ shape: [5, 6, 3] }))).toThrow('got none (call fit first)')
    await generator.fit({ shape: [9, 2, 2, 1], data: values([36], 3).data })
    expect(() => generator.apply(layers.input({ shape: [5, 6, 3] }))).toThrow('as many values as those of fit, 4, got 90')
    const stop = new AbortController()
    const waiting = generator.fit({ shape: [200, 10, 10, 2], data: values([200 * 200], 4).data }, { signal: stop.signal })
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })
})

describe('flow', () => {
  const labels = [5, 6, 7, 8]
  const all = (dataset: Dataset, options: object = {}) => [
    ...(dataset.batches({ epoch: 0, seed: 0, batchSize: 3, shuffle: undefined, signal: undefined, ...options }) as Iterable<Batch>),
  ]

  test('gives batches of the rows, in an order of each epoch and seed', () => {
    const flow = imageDataGenerator().flow(x, labels, { sampleWeight: [0.5, 1, 2, 3], seed: 4 })
    const order = (options: object) => all(flow, options).flatMap(({ y }) => [...(y as number[])])
    expect(order({ shuffle: false })).toEqual(labels)
    expect(order({}).sort()).toEqual(labels)
    expect(new Set([0, 1, 2, 3, 4].map((epoch) => order({ epoch }).join())).size).toBeGreaterThan(2)
    const [first, second] = all(flow, { shuffle: false })
    expect([first!.x, first!.sampleWeight]).toEqual([{ shape: [3, 5, 6, 3], data: x.data.subarray(0, 270) }, [0.5, 1, 2]])
    expect([(second!.x as typeof x).shape, second!.y, second!.sampleWeight]).toEqual([[1, 5, 6, 3], [8], [3]])
    expect([flow.count, flow.batchSize]).toEqual([4, 32])
  })

  test('trains as the same rows in memory do, to the bit', async () => {
    const train = async (flowing: boolean) => {
      const input = layers.input({ shape: [5, 6, 3] })
      const generator = imageDataGenerator({ horizontalFlip: true, samplewiseStdNormalization: true, channelShiftRange: 20 })
      const y = layers.dense({ units: 3, name: 'head' }).apply(layers.flatten().apply(generator.apply(input)))
      using model = new Model({ inputs: input, outputs: y })
      await model.compile({ device: device(), optimizer: sgd(), loss: 'meanSquaredError' })
      const targets = values([4, 3], 5)
      const data = flowing ? generator.flow(x, targets, { batchSize: 3 }) : { x, y: targets }
      await model.fit(data, { epochs: 2, seed: 3, ...(!flowing && { batchSize: 3 }) })
      return (await model.getWeights()).map(({ data }) => [...data])
    }
    expect(await train(true)).toEqual(await train(false))
  })

  test('splits: the first samples are for validation', () => {
    const generator = imageDataGenerator({ validationSplit: 0.3 })
    const split = (subset: 'training' | 'validation') => generator.flow(x, labels, { subset })
    const [validation, training] = [split('validation'), split('training')]
    expect([validation.count, training.count]).toEqual([1, 3])
    expect(all(validation).map(({ y }) => y)).toEqual([[5]])
    expect(all(training, { shuffle: false }).map(({ y }) => y)).toEqual([[6, 7, 8]])
    expect(() => imageDataGenerator({ validationSplit: 0.1 }).flow(x, labels, { subset: 'training' })).toThrow(
      '[imageDataGenerator] validationSplit must leave samples on both sides, got 0.1 of 4',
    )
    expect(() => imageDataGenerator().flow(x, labels, { subset: 'training' })).toThrow(
      '[imageDataGenerator] subset must be training or validation, and there must be a validationSplit, got "training" and 0',
    )
  })

  test('refuses what does not fit', () => {
    const flow = (y: number[], options: object) => () => imageDataGenerator().flow(x, y, options)
    expect(flow([1], {})).toThrow('[imageDataGenerator] there must be as many of y as pictures, 4, got 1')
    expect(flow(labels, { sampleWeight: [1] })).toThrow('there must be as many of sampleWeight as pictures, 4, got 1')
    expect(flow(labels, { saveToDir: '.' })).toThrow('options must be batchSize, shuffle, ')
    expect(flow(labels, { batchSize: 0 })).toThrow('batchSize must be a positive whole number, got 0')
    expect(flow(labels, { seed: 0.5 })).toThrow('seed must be a whole number, got 0.5')
  })
})

test('refuses options that it has not', () => {
  const refused: [object, string][] = [
    [{ dataFormat: 'channels_first' }, 'options must be rotationRange, '],
    [{ fillMode: 'mirror' }, 'fillMode must be one of '],
    [{ validationSplit: 1 }, 'validationSplit must be from 0, and below 1, got 1'],
    [{ brightnessRange: 0.5 }, 'brightnessRange must be two numbers, got 0.5'],
    [{ interpolationOrder: 3 }, 'interpolationOrder must be 0 or 1, got 3'],
    [{ zcaEpsilon: -1 }, 'zcaEpsilon must be from 0, got -1'],
    [{ samplewiseCenter: 1 }, 'samplewiseCenter must be true or false, got 1'],
    [{ channelShiftRange: '3' }, 'channelShiftRange must be a number, got "3"'],
  ]
  for (const [options, rule] of refused) expect(() => imageDataGenerator(options)).toThrow(`[imageDataGenerator] ${rule}`)
  expect(() => imageDataGenerator({ brightnessRange: [1, 2] }).apply(layers.input({ shape: [5, 6, 2] }))).toThrow(
    'brightnessRange needs pictures of 1, 3 or 4 channels, got 2',
  )
  expect(() => imageDataGenerator({ horizontalFlip: true }).apply(layers.input({ shape: [3, 8, 7] }))).toThrow(
    '[imageDataGenerator] pictures must have their channels last (layers.permute({ dims: [2, 3, 1] }) puts them there), got [null,3,8,7]',
  )
  const pooled = layers.maxPooling2d({ dataFormat: 'channelsFirst' }).apply(layers.input({ shape: [2, 8, 8] }))
  expect(() => imageDataGenerator({ horizontalFlip: true }).apply(pooled)).toThrow('must have their channels last')
})
