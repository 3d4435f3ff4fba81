/** Steps in parts: gradients of micro-batches add up to those of the batch, in less memory. */
import { afterEach, describe, expect, test } from 'vitest'
import { openDevice } from '../../src/device/device.ts'
import { ArgumentError } from '../../src/errors.ts'
import { layers } from '../../src/layers/index.ts'
import type { SymbolicTensor } from '../../src/layers/layer.ts'
import { regularizers } from '../../src/layers/weight_rules.ts'
import { filled, fromArray, Parameter } from '../../src/parameter.ts'
import { sizeOf, type Shape } from '../../src/shape.ts'
import type { FitOptions } from '../../src/training/fit_options.ts'
import { lossGraph } from '../../src/training/graphs.ts'
import { stepBytes } from '../../src/training/memory.ts'
import { mixUp } from '../../src/training/mix.ts'
import { Model } from '../../src/training/model.ts'
import { adam, sgd, type Optimizer } from '../../src/training/optimizers/index.ts'
import { accumulatingGraph, trainingGraph } from '../../src/training/step_graphs.ts'
import { useDevice } from '../support/device.ts'
import { openGpu } from '../support/gpu.ts'
import { classification, updatingBy } from '../support/objective.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const [SIDE, C] = [4, 2]

/** Whole quarters from -1/4 to 1/4: all sums of one step of `model` are exact in f32, in any order. */
function quarters(shape: Shape, seed: number) {
  return { shape, data: values(shape, seed, -1.5, 1.5).data.map((v) => Math.round(v) / 4) }
}

/** Flips, a convolution with a regularizer, dropout of values and of channels, a dense layer. */
function model({ frozen = false, statistics = false } = {}): Model {
  const input = layers.input({ shape: [SIDE, SIDE, C] })
  const flipped = layers.randomFlip({ name: 'flip' }).apply(input)
  let x: SymbolicTensor = frozen ? input : flipped
  const kernelRegularizer = regularizers.l2(0.25)
  x = layers
    .conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu', kernelRegularizer, trainable: !frozen, name: 'conv' })
    .apply(x)
  if (statistics) x = layers.batchNormalization({ name: 'bn' }).apply(x)
  x = layers.spatialDropout2d({ rate: 0.5, name: 'channels' }).apply(x)
  x = layers.maxPooling2d({ name: 'pool' }).apply(x)
  x = layers.dropout({ rate: 0.5, name: 'dropout' }).apply(layers.flatten({ name: 'flat' }).apply(x))
  const made = new Model({ inputs: input, outputs: layers.dense({ units: 2, name: 'out' }).apply(x), name: 'small' })
  made.weights.forEach((w, i) => (w.source = statistics ? w.source : fromArray(w.shape, quarters(w.shape, i + 1).data)))
  return made
}

const dataOf = (count: number) => ({ x: quarters([count, SIDE, SIDE, C], 11), y: quarters([count, 2], 12) })

async function trained(
  data: Parameters<Model['fit']>[0],
  options: FitOptions,
  optimizer: Optimizer = sgd({ learningRate: 0.25 }),
  of = {},
) {
  using made = model(of)
  await made.compile({ device: device(), optimizer, loss: 'meanSquaredError', metrics: ['mae'] })
  const { epochs } = await made.fit(data, options)
  return { logs: epochs.map((e) => e.logs), weights: (await made.getWeights()).map((t) => t.data) }
}

afterEach(() => {
  expect(device().live.buffers).toBe(0)
})

describe('a step is that of the whole batch, to the bit where sums are exact', () => {
  const data = dataOf(8)
  test.each<[microBatch: number]>([[1], [3], [4], [7], [8]])('8 samples, %i at a time', async (microBatch) => {
    const whole = await trained(data, { batchSize: 8 })
    expect(whole.weights).not.toEqual((await trained(data, { batchSize: 8, seed: 1 })).weights) // so that draws are seen
    expect(await trained(data, { batchSize: 8, microBatch })).toEqual(whole)
  })

  test('of a last, smaller batch', async () => {
    expect(await trained(dataOf(4), { batchSize: 8, microBatch: 3 })).toEqual(await trained(dataOf(4), { batchSize: 8 }))
  })

  test.each([
    ['Adam', adam()],
    ['the norm of all gradients', sgd({ learningRate: 0.5, globalClipnorm: 0.125 })],
    ['the norm of each gradient', sgd({ learningRate: 0.5, momentum: 0.5, clipnorm: 0.125 })],
  ])('with %s', async (_, optimizer) => {
    expect(await trained(data, { batchSize: 8, microBatch: 3 }, optimizer)).toEqual(await trained(data, { batchSize: 8 }, optimizer))
  })

  test('with weights of the samples', async () => {
    const weighted = { ...data, sampleWeight: [1, 0.5, 0, 2, 1, 0.25, 1, 4] }
    expect(await trained(weighted, { batchSize: 8, microBatch: 3 })).toEqual(await trained(weighted, { batchSize: 8 }))
  })

  test('with layers before the model', async () => {
    const augment = [layers.randomErasing({ factor: 1, fillValue: 0.25, valueRange: [-1, 1] })]
    const whole = await trained(data, { batchSize: 8, augment })
    expect(whole.weights).not.toEqual((await trained(data, { batchSize: 8 })).weights)
    expect(await trained(data, { batchSize: 8, microBatch: 3, augment })).toEqual(whole)
  })

  test.each([true, false])('with features of a frozen trunk (kept: %s)', async (cacheFeatures) => {
    const options = { batchSize: 8, cacheFeatures, validationData: dataOf(5) }
    const whole = await trained(data, options, undefined, { frozen: true })
    expect(await trained(data, { ...options, microBatch: 3 }, undefined, { frozen: true })).toEqual(whole)
  })

  test('of weights over the limit of a binding', async () => {
    const [x, y] = [quarters([8, 20], 1), quarters([8, 32], 2)]
    const run = async (maxTensorBytes: number, more: FitOptions) => {
      const input = layers.input({ shape: [20] })
      const hidden = layers.dense({ units: 300, activation: 'relu', name: 'hidden' }).apply(input)
      using made = new Model({ inputs: input, outputs: layers.dense({ units: 32, name: 'out' }).apply(hidden) })
      made.weights.forEach((w, i) => (w.source = fromArray(w.shape, quarters(w.shape, i + 1).data)))
      using small = await openDevice({ gpu: await openGpu(), maxTensorBytes })
      await made.compile({ device: small, optimizer: sgd({ momentum: 0.5, clipvalue: 0.125 }), loss: 'meanSquaredError' })
      await made.fit({ x, y }, { batchSize: 8, ...more })
      return await made.getWeights()
    }
    expect(await run(16384, { microBatch: 3 })).toEqual(await run(2 ** 24, {}))
  })

  test('of batches that come larger than was said', async () => {
    const whole = await trained([data], { batchSize: 8 })
    expect(await trained([data], { batchSize: 5, microBatch: 2 })).toEqual(whole)
  })
})

test('several steps are those of the whole batch within rounding', async () => {
  const options = { epochs: 3, batchSize: 8, classWeight: { 0: 1, 1: 0.5, 2: 2 } }
  const data = { x: values([21, 6], 1), y: Uint8Array.from({ length: 21 }, (_, i) => (i * 5) % 3) }
  const run = async (more: FitOptions) => {
    const input = layers.input({ shape: [6] })
    const hidden = layers.dense({ units: 5, activation: 'tanh', name: 'hidden' }).apply(input)
    using made = new Model({ inputs: input, outputs: layers.dense({ units: 3, activation: 'softmax', name: 'out' }).apply(hidden) })
    const optimizer = sgd({ learningRate: 0.5 })
    await made.compile({ device: device(), optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
    const { epochs } = await made.fit(data, { ...options, ...more })
    return { logs: epochs.map((e) => e.logs), weights: (await made.getWeights()).flatMap((t) => [...t.data]) }
  }
  const [whole, parts] = [await run({}), await run({ microBatch: 3 })]
  // A gradient is a sum of 8 products of at most 2 in the weights' scale, halved by the rate; 9 steps add up, and pass on what was before by less than 2.
  const bound = 0.5 * 2 * 10 * 2 ** -24 * (2 ** 9 - 1)
  whole.weights.forEach((w, i) => expect(Math.abs(w - parts.weights[i]!)).toBeLessThan(bound))
  whole.logs.forEach((logs, i) => {
    expect(Math.abs(logs.loss - parts.logs[i]!.loss)).toBeLessThan(10 * bound)
    expect(parts.logs[i]!['accuracy']).toBe(logs['accuracy'])
  })
})

describe('training in parts goes on to the bit', () => {
  const data = dataOf(22)
  const options: FitOptions = { epochs: 2, batchSize: 8, microBatch: 3, seed: 5 }
  const compiled = async (on = device()) => {
    const made = model()
    await made.compile({ device: on, optimizer: adam({ learningRate: 0.01 }), loss: 'meanSquaredError' })
    return made
  }
  const whole = async () => {
    using made = await compiled()
    await made.fit(data, options)
    return await made.trainerState()
  }

  test('from a state in the middle of an epoch', async () => {
    using first = await compiled()
    const stop = new AbortController()
    const onProgress: FitOptions['onProgress'] = ({ epoch, done }) => void (epoch === 1 && done === 16 && stop.abort(new Error('enough')))
    await expect(first.fit(data, { ...options, signal: stop.signal, onProgress })).rejects.toThrow('enough')
    using second = await compiled()
    await second.fit(data, { ...options, state: await first.trainerState() })
    expect(await second.trainerState()).toEqual(await whole())
  })

  test('on another device, where one is lost between two parts of a step', async () => {
    using lost = await openDevice({ gpu: await openGpu() })
    using made = await compiled(lost)
    let gone = false
    const onProgress: FitOptions['onProgress'] = ({ epoch, done }) => {
      if (gone || epoch !== 1 || done !== 8) return
      gone = true
      setTimeout(() => lost.gpu.destroy())
    }
    await made.fit(data, { ...options, onProgress })
    expect(gone).toBe(true)
    expect(await made.trainerState()).toEqual(await whole())
  })
})

describe('memory', () => {
  const deep = (side: number, depth = 4) => {
    const input = layers.input({ shape: [side, side, 3] })
    let x: SymbolicTensor = input
    for (let i = 0; i < depth; i++)
      x = layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', activation: 'tanh', name: `conv${i}` }).apply(x)
    x = layers.globalAveragePooling2d().apply(x)
    return new Model({ inputs: input, outputs: layers.dense({ units: 3, activation: 'softmax', name: 'out' }).apply(x) })
  }

  test('of a step of four convolutions of 32x32 is that of the part and of the gradients', () => {
    const network = deep(32)
    const sums = new Map<Parameter, Parameter>()
    const sumOf = (w: Parameter) => {
      sums.set(w, new Parameter(w.layer, `${w.name}/gradient`, filled(w.shape, 0)))
      return sums.get(w)!
    }
    const whole = stepBytes(trainingGraph(lossGraph(network, classification(3), 32, true), updatingBy(sgd())), device())
    const part = stepBytes(accumulatingGraph(lossGraph(network, classification(3), 4, true), sumOf), device())
    const added = [...sums.keys()].reduce((bytes, w) => bytes + 4 * sizeOf(w.shape), 0)
    expect(added).toBe(4 * network.countParams())
    expect((part + added) / whole).toBeLessThan(0.15)
    expect(whole).toBeGreaterThan(5 * 4 * 32 * 32 * 32 * 8)
  })

  test('of the device falls while it trains, and no sum of gradients stays', async () => {
    const data = { x: values([16, 12, 12, 3], 1), y: Uint8Array.from({ length: 16 }, (_, i) => i % 3) }
    const run = async (more: FitOptions) => {
      using made = deep(12)
      await made.compile({ device: device(), optimizer: sgd(), loss: 'sparseCategoricalCrossentropy' })
      let most = 0
      const onProgress = () => void (most = Math.max(most, device().live.bytes))
      const left: number[] = []
      for (let i = 0; i < 3; i++) {
        await made.fit(data, { batchSize: 16, onProgress, ...more })
        left.push(device().live.bytes)
      }
      expect(left[2]).toBe(left[1])
      return most
    }
    expect((await run({ microBatch: 2 })) / (await run({}))).toBeLessThan(0.3)
  })

  test('falls further with activationMemory, to the same bits', async () => {
    const data = { x: values([8, 12, 12, 3], 1), y: Uint8Array.from({ length: 8 }, (_, i) => i % 3) }
    const run = async (more: FitOptions) => {
      using made = deep(12, 10)
      await made.compile({ device: device(), optimizer: sgd({ learningRate: 0.1 }), loss: 'sparseCategoricalCrossentropy' })
      await made.fit(data, { batchSize: 8, microBatch: 4, epochs: 2, ...more })
      return await made.getWeights()
    }
    const tensor = 4 * 4 * 12 * 12 * 8
    expect(await run({ activationMemory: 8 * tensor })).toEqual(await run({})) // ten are kept otherwise
  })
})

describe('refused', () => {
  const data = dataOf(8)
  const refusal = async (options: FitOptions, of = {}) => {
    using made = model(of)
    await made.compile({ device: device(), optimizer: sgd(), loss: 'meanSquaredError' })
    const error: unknown = await made.fit(data, { batchSize: 4, ...options }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ArgumentError)
    expect((await made.trainerState()).step).toBe(0)
    return (error as Error).message
  }

  test('numbers of samples that a batch has not', async () => {
    expect(await refusal({ microBatch: 5 })).toBe('[fit] microBatch must be from 1 to batchSize, 4, got 5')
    expect(await refusal({ microBatch: 0 })).toBe('[fit] microBatch must be a positive whole number, got 0')
    expect(await refusal({ microBatch: 1.5 })).toBe('[fit] microBatch must be a positive whole number, got 1.5')
  })

  test('samples that are not apart from each other, by the name of what mixes them', async () => {
    const bn = '[bn] microBatch must be batchSize where statistics of the batch train, got 2 and 4'
    expect(await refusal({ microBatch: 2 }, { statistics: true })).toBe(bn)
    const mixed = '[mixUp] microBatch must be batchSize where samples are mixed with others of the batch, got 2 and 4'
    expect(await refusal({ microBatch: 2, mix: mixUp() })).toBe(mixed)
  })

  test('not where statistics are frozen, nor where a batch is one part', async () => {
    using made = model({ statistics: true })
    await made.compile({ device: device(), optimizer: sgd(), loss: 'meanSquaredError' })
    await made.fit(data, { batchSize: 4, microBatch: 4, mix: mixUp() })
    made.getLayer('bn').trainable = false
    await made.compile({ device: device(), optimizer: sgd(), loss: 'meanSquaredError' })
    await made.fit(data, { batchSize: 4, microBatch: 2 })
  })
})
