/** `createClassifier`, and `predict` of pictures, in Node and in pages. */
import { afterEach, describe, expect, test } from 'vitest'
import { openDevice } from '../../src/device/device.ts'
import { ArgumentError, FileError, ShapeError } from '../../src/errors.ts'
import { layers } from '../../src/layers/index.ts'
import { loadImage } from '../../src/loaders/images/load_image.ts'
import { preprocessInput } from '../../src/loaders/images/preprocess.ts'
import { classifierOf, type ClassifierOptions } from '../../src/models/classifier.ts'
import { createClassifier } from '../../src/models/create_classifier.ts'
import { PREPROCESS_MODES, type PreprocessMode } from '../../src/preprocess_modes.ts'
import { Model, type ModelOptions } from '../../src/training/model.ts'
import type { SymbolicTensor } from '../../src/layers/layer.ts'
import pngGolden from '../golden/images/png.json' with { type: 'json' }
import { useDevice } from '../support/device.ts'
import { openGpu } from '../support/gpu.ts'
import { fromBase64, noise } from '../support/pictures.ts'

const device = useDevice()
afterEach(() => expect(device().live.buffers).toBe(0))

const png = fromBase64(pngGolden.find((c) => c.name === 'RGB, 8 bits')!.file)
const pixels = { width: 31, height: 17, data: new Uint8ClampedArray(noise(31 * 17 * 4, 3)) }

/** Gives the values of its samples, so that a prediction shows them. */
function mirror(channels: number, about: Pick<ModelOptions<SymbolicTensor>, 'pictures'> = {}): Model {
  const input = layers.input({ shape: [6, 5, channels] })
  return new Model({ inputs: input, outputs: layers.flatten().apply(input), ...about })
}

function classifier(units: number, about: Pick<ModelOptions<SymbolicTensor>, 'classNames' | 'pictures'> = {}): Model {
  const input = layers.input({ shape: [4, 4, 3] })
  const x = layers.globalAveragePooling2d().apply(layers.rescaling({ scale: 1 / 255 }).apply(input))
  const activation = units === 1 ? 'sigmoid' : 'softmax'
  return new Model({ inputs: input, outputs: layers.dense({ units, activation, name: 'scores' }).apply(x), ...about })
}

const fileOf = (model: Model) => model.save().blob()
const create = async (model: Model, options: ClassifierOptions = {}) =>
  createClassifier(await fileOf(model), { device: device(), ...options })

describe('predict of pictures', () => {
  const modes: readonly (PreprocessMode | 'none')[] = ['none', ...(Object.keys(PREPROCESS_MODES) as PreprocessMode[])]

  test.each(modes)('preprocess %s: as loadImage and preprocessInput have it', async (preprocess) => {
    using model = mirror(3, { pictures: { preprocess, interpolation: 'bilinear' } })
    await model.compile({ device: device() })
    const loaded = await loadImage(png, { targetSize: [6, 5], interpolation: 'bilinear' })
    const expected = preprocess === 'none' ? Float32Array.from(loaded.data) : preprocessInput(loaded, preprocess).data
    for (const source of [png, png.buffer, new Blob([png])]) expect((await model.predict(source)).data).toEqual(expected)
  })

  test('grey where the model has one channel; several at once, of whatever sizes', async () => {
    using model = mirror(1)
    await model.compile({ device: device() })
    const grey = await loadImage(png, { targetSize: [6, 5], colorMode: 'grayscale' })
    const all = await model.predict([png, pixels, png])
    expect(all.shape).toEqual([3, 30])
    expect([...all.data.subarray(0, 30)]).toEqual([...grey.data])
    expect(all.data.subarray(60)).toEqual(all.data.subarray(0, 30))
  })

  test('what is no picture, or none for this model, is refused', async () => {
    using model = mirror(3)
    await model.compile({ device: device() })
    await expect(model.predict([png, 7] as never)).rejects.toThrow('[predict] pictures must be pictures each, got 7 at index 1')
    await expect(model.predict({ ...pixels, width: 30 })).rejects.toThrow('pixels must be RGBA, 2040 bytes for 30x17, got 2108')
    await expect(model.predict({ width: 0, height: 0, data: new Uint8Array() })).rejects.toThrow('whole sizes above 0, got 0x0')
    const floats = { width: 1, height: 1, data: Float32Array.of(0, 0.5, 1, 1) }
    await expect(model.predict(floats as never)).rejects.toThrow('pixels must be a Uint8ClampedArray or a Uint8Array')
    await expect(model.predict(Uint8Array.of(1, 2, 3))).rejects.toThrow(FileError)
    const stop = AbortSignal.abort(new Error('enough'))
    await expect(model.predict(png, { signal: stop })).rejects.toThrow('enough')
    using other = mirror(2)
    await other.compile({ device: device() })
    await expect(other.predict(png)).rejects.toThrow('samples must be a tensor { shape, data }')
  })
})

describe('createClassifier', () => {
  test('the classes with their names, the most probable first', async () => {
    using it = await create(classifier(3), { labels: ['cat', 'dog', 'owl'] })
    const scores = (await (it.model as Model).predict(pixels)).data
    const order = [0, 1, 2].sort((a, b) => scores[b]! - scores[a]!)
    const names = ['cat', 'dog', 'owl']
    const expected = order.map((i) => ({ className: names[i], classIndex: i, probability: scores[i] }))
    expect(await it.classify(pixels)).toEqual(expected)
    expect(await it.classify(pixels, { top: 1 })).toEqual(expected.slice(0, 1))
    expect(await it.classify([pixels, pixels])).toEqual([expected, expected])
    expect(await it.classify([])).toEqual([])
  })

  test('names of a file as Teachable Machine has it, of JSON, of the model itself, or numbers', async () => {
    const text = new Blob(['0 cat\n1 tabby dog\n'])
    const json = new TextEncoder().encode('{"cat": 0, "tabby dog": 1}')
    for (const labels of [text, json]) {
      using it = await create(classifier(2), { labels })
      expect(it.classNames).toEqual(['cat', 'tabby dog'])
    }
    using own = await create(classifier(2, { classNames: ['no', 'yes'] }))
    expect(own.classNames).toEqual(['no', 'yes'])
    using none = await create(classifier(3))
    expect(none.classNames).toEqual(['0', '1', '2'])
  })

  test('one score tells two classes apart', async () => {
    using it = await create(classifier(1), { labels: ['no', 'yes'] })
    const [p] = (await (it.model as Model).predict(pixels)).data
    const both = await it.classify(pixels)
    expect(Object.fromEntries(both.map((c) => [c.className, c.probability]))).toEqual({ yes: p, no: Math.fround(1 - p!) })
    expect(both[0]!.probability).toBeGreaterThanOrEqual(both[1]!.probability)
  })

  test('what is said of pictures goes before what the file says', async () => {
    const pictures = { preprocess: 'tf', interpolation: 'bilinear' } as const
    using it = await create(classifier(2, { pictures }), { preprocess: 'none' })
    expect(it.model.pictures).toEqual({ size: [4, 4], colorMode: 'rgb', preprocess: 'none', interpolation: 'bilinear' })
  })

  test('another size, with the channels of the file', async () => {
    const input = layers.input({ shape: [4, 4, 1] })
    const model = new Model({
      inputs: input,
      outputs: layers.globalMaxPooling2d().apply(layers.conv2d({ filters: 2, kernelSize: 3 }).apply(input)),
    })
    using it = await create(model, { size: 9 })
    expect(it.model.pictures).toMatchObject({ size: [9, 9], colorMode: 'grayscale' })
    using wide = await create(model, { size: [5, 7] })
    expect(wide.model.pictures?.size).toEqual([5, 7])
  })

  test('a model that is there: what was compiled stays', async () => {
    using model = classifier(2)
    await model.compile({ device: device() })
    const it = await createClassifier(model, { labels: ['a', 'b'] })
    expect((await it.classify(pixels)).length).toBe(2)
    it.dispose()
    expect(model.device).toBe(device())
  })

  test('a trained model goes on with the device that is given, and is trained further there', async () => {
    const other = await openDevice({ gpu: await openGpu() })
    const model = classifier(2)
    await model.compile({ device: other, optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' })
    const [x, y] = [{ shape: [2, 4, 4, 3], data: Float32Array.from(noise(96, 5)) }, [0, 1]]
    await model.trainOnBatch(x, y)
    const trained = await model.getWeights()
    const it = await createClassifier(model, { device: device(), labels: ['a', 'b'] })
    expect([model.device, other.live.buffers]).toEqual([device(), 0])
    expect(await model.getWeights()).toEqual(trained)
    await it.classify(pixels)
    it.dispose()
    expect((await model.trainOnBatch(x, y)).loss).toBeGreaterThan(0)
    model.dispose()
    other.dispose()
  })

  test('what it compiled goes with it, and what is said of pictures is of the classifier alone', async () => {
    const openOwn = async () => openDevice({ gpu: await openGpu() })
    const around = { openDevice: openOwn, loadClassIndex: () => Promise.reject(new Error('not asked for')) }
    const model = classifier(2, { pictures: { preprocess: 'tf' } })
    const it = await classifierOf(around, model, { preprocess: 'caffe', interpolation: 'bilinear' })
    const own = model.device!
    expect([model.pictures, it.pictures]).toMatchObject([
      { preprocess: 'tf', interpolation: 'nearest' },
      { preprocess: 'caffe', interpolation: 'bilinear' },
    ])
    const loaded = preprocessInput(await loadImage(png, { targetSize: [4, 4], interpolation: 'bilinear' }), 'caffe')
    const scores = await model.predict({ shape: [1, ...loaded.shape.slice(-3)], data: loaded.data })
    const found = (await it.classify(png)).sort((a, b) => a.classIndex - b.classIndex)
    expect(found.map((c) => c.probability)).toEqual([...scores.data])
    it.dispose()
    expect([model.device, own.isLost]).toEqual([undefined, true])
    await model.compile({ device: await openOwn() })
    model.device!.dispose() // of no use any more
    const again = await classifierOf(around, model, {})
    expect((await again.classify(pixels)).length).toBe(2)
    again.dispose()
    expect(model.device).toBe(undefined)
    await createClassifier(model, { device: device() }).then((its) => its.dispose())
    expect(model.device).toBe(undefined)
  })

  test('a file whose channels come first takes the same pictures', async () => {
    const input = layers.input({ shape: [3, 5, 4] })
    const pooled = layers.globalAveragePooling2d({ dataFormat: 'channelsFirst' }).apply(input)
    const model = new Model({ inputs: input, outputs: layers.softmax().apply(layers.rescaling({ scale: 1 / 64 }).apply(pooled)) })
    using it = await create(model, { labels: ['red', 'green', 'blue'] })
    expect([it.pictures.size, it.pictures.colorMode]).toEqual([[5, 4], 'rgb'])
    const data = new Uint8ClampedArray(4 * 20).map((_, i) => [10, 200, 90, 255][i % 4]!)
    expect((await it.classify({ width: 4, height: 5, data })).map((c) => c.className)).toEqual(['green', 'blue', 'red'])
  })

  test('takes every option of pictures', async () => {
    const said = { interpolation: 'nearest', preprocess: 'none', resizer: 'tensorflow', aspectRatio: 'pad', orient: false } as const
    using it = await create(classifier(2), said)
    expect(it.pictures).toMatchObject(said)
    await expect(create(classifier(2), { aspectRatio: 'fill' } as never)).rejects.toThrow(
      'aspectRatio must be stretch or crop or pad, got "fill"',
    )
  })

  test('refused', async () => {
    await expect(create(classifier(3), { labels: ['a', 'b'] })).rejects.toThrow(
      new ArgumentError('createClassifier', 'classNames must name the 3 classes of the model, got 2'),
    )
    await expect(create(classifier(3), { label: [] } as never)).rejects.toThrow('got label (did you mean labels?)')
    await expect(create(mirror(2))).rejects.toThrow(ShapeError)
    const map = layers.input({ shape: [4, 4, 3] })
    const maps = new Model({ inputs: map, outputs: layers.rescaling({ scale: 1 }).apply(map) })
    await expect(create(maps)).rejects.toThrow('the output must be class scores [classes], got [null,4,4,3]')
    using it = await create(classifier(2))
    await expect(it.classify(pixels, { top: 3 })).rejects.toThrow('top must be a whole number from 1 to 2, got 3')
    await expect(it.classify(pixels, { topK: 1 } as never)).rejects.toThrow('got topK')
  })
})
