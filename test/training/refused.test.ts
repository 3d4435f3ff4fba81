/** Bad input: typed errors with both values, and nothing left behind. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openDevice } from '../../src/device/device.ts'
import { ArgumentError, DataError, DeviceError, ShapeError, WeightsError } from '../../src/errors.ts'
import { layers } from '../../src/layers/index.ts'
import type { Node } from '../../src/graph/graph.ts'
import { isLargest } from '../../src/kernels/is_largest.ts'
import { Layer, type EmitContext, type SymbolicShape } from '../../src/layers/layer.ts'
import { fromArray } from '../../src/parameter.ts'
import { toCategorical } from '../../src/training/losses/index.ts'
import { accuracy, metrics } from '../../src/training/metrics/index.ts'
import { Model } from '../../src/training/model.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import { useDevice } from '../support/device.ts'
import { openGpu } from '../support/gpu.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const N = 6

/** Of an op without a gradient. */
class Mask extends Layer {
  readonly className = 'Mask'

  override outputShape([x]: readonly SymbolicShape[]): SymbolicShape {
    return x!
  }

  override emit({ graph }: EmitContext, [x]: readonly Node[]): Node {
    return graph.add(isLargest, [x], {})
  }
}

function model({ thawed = false } = {}): Model {
  const input = layers.input({ shape: [4, 4, 3] })
  let x = layers.conv2d({ filters: 5, kernelSize: 3, name: 'conv', trainable: thawed }).apply(input)
  x = layers.globalAveragePooling2d().apply(x)
  if (thawed) x = new Mask('mask', { name: 'mask' }).apply(x)
  return new Model({
    inputs: input,
    outputs: layers.dense({ units: 3, activation: 'softmax', name: 'predictions' }).apply(x),
    name: 'tiny',
  })
}

const x = values([N, 4, 4, 3], 1)
const y = Uint8Array.of(0, 1, 2, 0, 1, 2)

async function compiled(): Promise<Model> {
  const m = model()
  await m.compile({ device: device(), optimizer: adam(), loss: 'sparseCategoricalCrossentropy' })
  return m
}

async function refusal(job: Promise<unknown>): Promise<Error> {
  return job.then(
    () => Promise.reject(new Error('nothing was refused')),
    (error: Error) => error,
  )
}

afterEach(() => {
  expect(device().live.buffers).toBe(0)
})

describe('data', () => {
  const cases: [string, () => Parameters<Model['fit']>[0], new (...args: never[]) => Error, string][] = [
    [
      'wrong image size',
      () => ({ x: values([N, 5, 4, 3], 1), y }),
      ShapeError,
      "[fit] samples must have the input's shape [null,4,4,3], got [6,5,4,3]",
    ],
    [
      'wrong channels',
      () => ({ x: values([N, 4, 4, 1], 1), y }),
      ShapeError,
      "[fit] samples must have the input's shape [null,4,4,3], got [6,4,4,1]",
    ],
    [
      'label out of range',
      () => ({ x, y: Uint8Array.of(0, 1, 2, 3, 1, 2) }),
      DataError,
      '[labels] a label must be a whole number from 0 to 2, got 3 at index 3',
    ],
    [
      'label that is no whole number',
      () => ({ x, y: [0, 1, 0.5, 0, 1, 2] }),
      DataError,
      '[labels] a label must be a whole number from 0 to 2, got 0.5 at index 2',
    ],
    ['empty data set', () => ({ x: values([0, 4, 4, 3], 1), y: [] }), DataError, '[fit] data must hold at least one sample, got 0'],
    [
      'fewer labels than samples',
      () => ({ x, y: [0, 1] }),
      DataError,
      '[fit] there must be a label for every sample, got 2 labels and 6 samples',
    ],
    [
      'values that do not fill the shape',
      () => ({ x: { shape: [N, 4, 4, 3], data: new Float32Array(5) }, y }),
      ShapeError,
      '[fit] data must have 288 values for [6,4,4,3], got 5',
    ],
  ]
  test.each(cases)('%s', async (_name, data, type, message) => {
    using m = await compiled()
    const error = await refusal(m.fit(data()))
    expect(error).toBeInstanceOf(type)
    expect(error.message).toBe(message)
  })

  test('NaN in a sample: the loss is not finite, and says so', async () => {
    using m = await compiled()
    const bad = { shape: x.shape, data: Float32Array.from(x.data) }
    bad.data[100] = NaN
    const error = await refusal(m.fit({ x: bad, y }))
    expect(error).toBeInstanceOf(DataError)
    expect(error.message).toContain('the loss must be finite')
  })

  test('targets of another width, and one-hot where class numbers are meant', async () => {
    using m = model()
    await m.compile({ device: device(), optimizer: adam(), loss: 'categoricalCrossentropy' })
    expect((await refusal(m.fit({ x, y: toCategorical(y, 4) }))).message).toBe('[fit] targets must have shape [6,3], got [6,4]')
    expect((await refusal(m.fit({ x, y }))).message).toContain('takes one-hot targets [N,K]')
  })
})

test('a class of which there is no sample, and a batch larger than the data, are none of it', async () => {
  using m = model()
  const precision = metrics.precision({ classId: 2 })
  await m.compile({ device: device(), optimizer: adam(), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy', precision] })
  const { epochs } = await m.fit({ x, y: [0, 1, 1, 0, 1, 1] }, { epochs: 2, batchSize: 100, classWeight: { 2: 5 } })
  for (const { logs } of epochs) for (const value of Object.values(logs)) expect(value).toSatisfy(Number.isFinite)
  expect((await m.trainerState()).step).toBe(2)
})

describe('use', () => {
  test('before compile, without loss, without optimizer, nothing trainable', async () => {
    using m = model()
    expect((await refusal(m.predict(x))).message).toContain('must be compiled before predict')
    await m.compile({ device: device() })
    expect((await refusal(m.evaluate({ x, y }))).message).toContain('needs a loss, got none')
    await m.compile({ device: device(), loss: 'sparseCategoricalCrossentropy' })
    expect((await refusal(m.fit({ x, y }))).message).toContain('needs an optimizer, got none')
    m.trainable = false
    await m.compile({ device: device(), loss: 'sparseCategoricalCrossentropy', optimizer: adam() })
    expect(await refusal(m.fit({ x, y }))).toBeInstanceOf(ArgumentError)
  })

  test('metrics and losses that are not known', async () => {
    using m = model()
    const compile = (options: object) => m.compile({ device: device(), ...options })
    expect((await refusal(compile({ metrics: ['accuracy', 'top5'] }))).message).toMatch(
      /^\[compile\] a metric must be one of accuracy, auc, .*, a loss, or an object with name, sums, add.*, got "top5"$/,
    )
    expect((await refusal(compile({ metrics: 'accuracy' }))).message).toBe('[compile] metrics must be a list, got "accuracy"')
    expect((await refusal(compile({ metrics: ['accuracy', accuracy()] }))).message).toBe(
      '[compile] metrics must have names of their own, other than loss, got accuracy twice',
    )
    expect((await refusal(compile({ metrics: [{ ...accuracy(), sums: 0 }] }))).message).toBe(
      '[accuracy] a metric must keep a positive whole number of sums, got 0',
    )
    expect((await refusal(compile({ loss: 'mseloss' }))).message).toMatch(
      /^\[compile\] loss must be one of binaryCrossentropy, .*, or an object with a name and a function loss\(g, y, t\), got "mseloss"$/,
    )
  })

  test('options out of range', async () => {
    using m = await compiled()
    expect((await refusal(m.fit({ x, y }, { epochs: 0 }))).message).toBe('[fit] epochs must be a positive whole number, got 0')
    expect((await refusal(m.fit({ x, y }, { batchSize: 2.5 }))).message).toBe('[fit] batchSize must be a positive whole number, got 2.5')
    expect((await refusal(m.predict(x, { batchSize: -1 }))).message).toContain('batchSize must be a positive whole number, got -1')
  })

  test('a layer without a gradient above a thawed one is refused by name', async () => {
    using m = model({ thawed: true })
    await m.compile({ device: device(), loss: 'sparseCategoricalCrossentropy', optimizer: adam() })
    expect((await refusal(m.fit({ x, y }))).message).toContain('[mask] training needs a gradient')
  })

  test('a NaN weight: layer and index', async () => {
    using m = model()
    const kernel = m.getLayer('predictions').weights[0]!
    const data = values(kernel.shape, 3).data
    data[7] = NaN
    kernel.source = fromArray(kernel.shape, data)
    const error = await refusal(m.compile({ device: device() }))
    expect(error).toBeInstanceOf(WeightsError)
    expect((error as WeightsError).code).toBe('not-finite')
    expect(error.message).toMatch(/predictions\/kernel.*NaN/)
  })

  test('memory over the budget', async () => {
    const small = model()
    const tight = await openDevice({ gpu: await openGpu(), memoryBudget: 300 })
    const error = await refusal(small.compile({ device: tight }))
    expect(error).toBeInstanceOf(DeviceError)
    expect(error.message).toMatch(/must fit the memory budget of 300 bytes, got \d+ in use and \d+ more/)
    expect(tight.live.buffers).toBe(0)
    tight.dispose()
    expect((await refusal(small.compile({ device: tight }))).message).toContain('got a disposed device')
  })
})

describe('at the same time', () => {
  test('two predictions compile one plan, which goes with the model', async () => {
    using m = await compiled()
    const [a, b] = await Promise.all([m.predict(x), m.predict(x)])
    expect(a).toEqual(b)
  })

  test('a model that is disposed while its plan is compiled leaves nothing', async () => {
    const m = await compiled()
    const predicting = m.predict(x)
    m.dispose()
    expect(await refusal(predicting)).toMatchObject({ code: 'disposed' })
  })

  test('a model that lets go of shared weights while another takes them', async () => {
    using first = await compiled()
    using second = new Model({ inputs: first.input, outputs: layers.dense({ units: 2 }).apply(first.outputOf('conv')) })
    const taking = second.compile({ device: device(), onProgress: () => first.dispose() })
    await taking
    expect((await second.predict(x)).shape).toEqual([N, 2, 2, 2])
  })

  test('a warm-up that fails takes the weights with it', async () => {
    using m = model()
    const { message } = await refusal(m.compile({ device: device(), warmUpBatch: 1.5 }))
    expect(message).toBe('[compile] warmUpBatch must be a positive whole number, got 1.5')
    const tight = await openDevice({ gpu: await openGpu() })
    vi.spyOn(tight, 'pipeline').mockImplementation(() => {
      throw new DeviceError('shader', 'does not compile')
    })
    expect((await refusal(m.compile({ device: tight, warmUpBatch: 2 }))).message).toBe('does not compile')
    expect(tight.live.buffers).toBe(0)
    tight.dispose()
  })
})

describe('abort', () => {
  test('while weights load: nothing stays on the device', async () => {
    using m = model()
    const stop = new AbortController()
    const loading = m.compile({ device: device(), signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) })
    expect((await refusal(loading)).message).toBe('enough')
    expect(device().live.buffers).toBe(0)
  })

  test('before predict begins', async () => {
    using m = await compiled()
    expect((await refusal(m.predict(x, { signal: AbortSignal.abort(new Error('enough')) }))).message).toBe('enough')
  })
})
