/** Things of the wrong kind: every one is refused by a typed error that names the rule and what was given. */
import { afterEach, describe, expect, test } from 'vitest'
import { ArgumentError, DataError, ShapeError, ThawError } from '../../src/errors.ts'
import { layers } from '../../src/layers/index.ts'
import { Model } from '../../src/training/model.ts'
import { adam } from '../../src/training/optimizers/index.ts'
import { smallClassifier } from '../support/classifier.ts'
import { useDevice } from '../support/device.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const [N, K] = [6, 3]
const x = values([N, 9, 8, 2], 1)
const y = Uint8Array.from({ length: N }, (_, i) => i % K)

afterEach(() => {
  expect(device().live.buffers).toBe(0)
})

async function compiled(): Promise<Model> {
  const model = smallClassifier(K)
  await model.compile({ device: device(), optimizer: adam(), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  return model
}

async function refusal(job: () => unknown): Promise<ThawError> {
  try {
    await job()
  } catch (error) {
    expect(error).toBeInstanceOf(ThawError)
    return error as ThawError
  }
  throw new Error('nothing was refused')
}

/** What a page has in its hands, and is no tensor. */
class HTMLImageElement {
  src = 'cat.jpg'
}

const ONE = '[predict] samples must be a tensor { shape, data } (loadImage makes one of a picture), got'

describe('predict', () => {
  test.each<[what: unknown, message: string]>([
    [new HTMLImageElement(), `${ONE} HTMLImageElement`],
    [[x, x], `${ONE} an array of 2`],
    [[], `${ONE} an array of 0`],
    [['cat.jpg'], `${ONE} "cat.jpg"`],
    [undefined, `${ONE} undefined`],
    [null, `${ONE} null`],
    ['cat.jpg', `${ONE} "cat.jpg"`],
    [7, `${ONE} 7`],
    [new Float32Array(3), `${ONE} Float32Array`],
    [{ shape: [1, 9, 8, 2] }, `${ONE} an object with shape`],
    [{ other: x }, `${ONE} an object with other`],
    [{ shape: x.shape, data: [...x.data] }, `${ONE} an object with shape, data`],
    [
      { shape: x.shape, data: Float64Array.from(x.data) },
      '[predict] samples must have a Float32Array or a Uint8Array as data, got Float64Array',
    ],
  ])('%#', async (given, message) => {
    using model = await compiled()
    const error = await refusal(() => model.predict(given as never))
    expect(error.message).toBe(message)
    expect(error).toBeInstanceOf(ArgumentError)
  })

  test('options', async () => {
    using model = await compiled()
    expect((await refusal(() => model.predict(x, 8 as never))).message).toBe('[predict] options must be an object, got 8')
    expect((await refusal(() => model.predict(x, { onProgress: 8 } as never))).message).toBe(
      '[predict] onProgress must be a function, got 8',
    )
    expect((await refusal(() => model.predict(x, { signal: {} } as never))).message).toBe(
      '[predict] signal must be an AbortSignal, got an object with nothing in it',
    )
  })
})

describe('a model with two inputs', () => {
  async function two(): Promise<Model> {
    const [picture, numbers] = [layers.input({ shape: [4, 4, 3], name: 'picture' }), layers.input({ shape: [5], name: 'numbers' })]
    const z = layers.concatenate().apply([layers.globalAveragePooling2d().apply(picture), numbers])
    const model = new Model({ inputs: [picture, numbers], outputs: layers.dense({ units: K, activation: 'softmax' }).apply(z) })
    await model.compile({ device: device() })
    return model
  }
  const [picture, numbers] = [values([N, 4, 4, 3], 1), values([N, 5], 2)]
  const RULE = '[predict] samples must be a tensor for each input, in an array or by name: picture, numbers, got'

  test.each<[what: unknown, type: new (...args: never[]) => Error, message: string]>([
    [picture, ArgumentError, `${RULE} an object with shape, data`],
    [[picture], ArgumentError, `${RULE} an array of 1`],
    [[picture, numbers, numbers], ArgumentError, `${RULE} an array of 3`],
    [[picture, [1, 2, 3]], ArgumentError, `${RULE} an array of 3`],
    [{ picture }, ArgumentError, `${RULE} an object with picture`],
    [{ picture, numbers, more: numbers }, ArgumentError, `${RULE} an object with picture, numbers, more`],
    [{ picture, number: numbers }, ArgumentError, `${RULE} an object with picture, number`],
    [[numbers, picture], ShapeError, "[predict] samples of picture must have the input's shape [null,4,4,3], got [6,5]"],
    [
      [picture, values([N - 1, 5], 2)],
      DataError,
      '[predict] there must be as many samples of every input, got 6 of picture and 5 of numbers',
    ],
  ])('%#', async (given, type, message) => {
    using model = await two()
    const error = await refusal(() => model.predict(given as never))
    expect(error.message).toBe(message)
    expect(error).toBeInstanceOf(type)
  })

  test('gives the same for an array and a record, in whatever order it has its names', async () => {
    using model = await two()
    const wanted = await model.predict([picture, numbers])
    expect(await model.predict({ picture, numbers })).toEqual(wanted)
    expect(await model.predict({ numbers, picture })).toEqual(wanted)
  })
})

test.each<[what: unknown, message: string]>([
  [{}, '[compile] device must be what openDevice() gave, got undefined'],
  [undefined, '[compile] options must be an object, got undefined'],
  [{ device: 'gpu' }, '[compile] device must be what openDevice() gave, got "gpu"'],
  [{ device: Promise.resolve() }, '[compile] device must be what openDevice() gave, got Promise'],
])('compile: %#', async (options, message) => {
  expect((await refusal(() => smallClassifier(K).compile(options as never))).message).toBe(message)
})

test('compile: an optimizer that is none, a signal that is none', async () => {
  const compile = (options: object) => refusal(() => smallClassifier(K).compile({ device: device(), ...options }))
  const names = 'sgd, rmsprop, adagrad, adadelta, adam, adamw, adamax, nadam, lion'
  expect((await compile({ optimizer: 'adma' })).message).toBe(`[compile] optimizer must be one of ${names}, got adma`)
  const kinds = 'a name, what adam() or its like gave, or a config of Keras'
  expect((await compile({ optimizer: adam })).message).toBe(`[compile] optimizer must be ${kinds}, got the function adam`)
  expect((await compile({ signal: new AbortController() })).message).toBe('[compile] signal must be an AbortSignal, got AbortController')
})

describe('fit', () => {
  const DATA = '[fit] data must be { x, y }, samples and their labels, got'
  test.each<[data: unknown, options: unknown, message: string]>([
    [undefined, {}, `${DATA} undefined`],
    [x, {}, `${DATA} an object with shape, data`],
    [{ x }, {}, `${DATA} an object with x`],
    [[x, y], {}, `${DATA} an array of 2`],
    [{ x, y: 3 }, {}, '[fit] y must be a tensor { shape, data } or a list of numbers, got 3'],
    [{ x, y: new Map() }, {}, '[fit] y must be a tensor { shape, data } or a list of numbers, got Map'],
    [{ x, y: ['a', 'b', 'c', 'a', 'b', 'c'] }, {}, '[labels] a label must be a whole number from 0 to 2, got a at index 0'],
    [{ x, y }, { validationData: x }, `${DATA} an object with shape, data`],
    [{ x, y }, { validationData: null }, `${DATA} null`],
    [{ x, y }, null, '[fit] options must be an object, got null'],
    [{ x, y }, { epochs: '5' }, '[fit] epochs must be a positive whole number, got "5"'],
    [{ x, y }, { featureBatchSize: 0 }, '[fit] featureBatchSize must be a positive whole number, got 0'],
    [{ x, y }, { shuffle: 1 }, '[fit] shuffle must be a boolean, got 1'],
    [{ x, y }, { cacheFeatures: 'yes' }, '[fit] cacheFeatures must be a boolean, got "yes"'],
    [{ x, y }, { seed: 'now' }, '[fit] seed must be a whole number, got "now"'],
    [{ x, y }, { onEpochEnd: [] }, '[fit] onEpochEnd must be a function, got an array of 0'],
  ])('%#', async (data, options, message) => {
    using model = await compiled()
    expect((await refusal(() => model.fit(data as never, options as never))).message).toBe(message)
  })
})

describe('a model is made of', () => {
  const input = layers.input({ shape: [4], name: 'numbers' })
  const output = layers.dense({ units: 2, name: 'out' }).apply(input)
  test.each<[options: object, message: string]>([
    [{ outputs: output }, '[m] inputs must be what input() or a layer gave, got undefined'],
    [{ inputs: input }, '[m] outputs must be what input() or a layer gave, got undefined'],
    [{ inputs: [], outputs: output }, '[m] inputs must be at least one, got none'],
    [{ inputs: [4], outputs: output }, '[m] inputs must be what input() or a layer gave, got 4'],
    [{ inputs: input, outputs: layers.dense({ units: 2 }) }, '[m] outputs must be what input() or a layer gave, got Dense'],
    [{ inputs: output, outputs: output }, '[m] inputs must be what input() gave, got what out gave'],
    [
      { inputs: [input, layers.input({ shape: [2], name: 'more' })], outputs: output },
      '[m] every input must lead to an output, got more, which does not',
    ],
    [
      { inputs: layers.input({ shape: [4], name: 'else' }), outputs: output },
      '[m] outputs must come from the inputs else alone, got also numbers',
    ],
  ])('%#', async (options, message) => {
    expect((await refusal(() => new Model({ ...options, name: 'm' } as never))).message).toBe(message)
  })

  test('layers that are applied to tensors', async () => {
    const dense = layers.dense({ units: 2, name: 'd' })
    const messages = [undefined, 4, [], { input }, [input, input], 'x']
    expect(await Promise.all(messages.map(async (given) => (await refusal(() => dense.apply(given as never))).message))).toEqual([
      '[d] a layer must be applied to what input() or a layer gave, got undefined',
      '[d] a layer must be applied to what input() or a layer gave, got 4',
      '[d] a layer must be applied to at least one tensor, got none',
      '[d] a layer must be applied to a tensor, or an array of them, got an object with input',
      '[d] a layer that does not merge must be applied to one tensor, got 2',
      '[d] a layer must be applied to what input() or a layer gave, got "x"',
    ])
  })
})
