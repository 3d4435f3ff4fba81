/** Layers and weights of files that real Keras wrote, and matching them with networks. */
import { describe, expect, test } from 'vitest'
import { ArgumentError, FileError, WeightsError } from '../../../src/errors.ts'
import { layers } from '../../../src/layers/index.ts'
import { bytesSource, type ByteSource } from '../../../src/loaders/bytes/bytes.ts'
import { openKerasWeights } from '../../../src/loaders/keras/keras.ts'
import { matchWeights } from '../../../src/loaders/keras/match.ts'
import { sizeOf } from '../../../src/shape.ts'
import type { UploadProgress } from '../../../src/tensor_source.ts'
import { Model } from '../../../src/training/model.ts'
import { recipeValues } from '../../support/recipe.ts'
import { keras, READABLE, readAll, source } from '../files.ts'

/** The model that the small files hold. */
function small(options: { units?: number; conv?: string; bias?: boolean } = {}): Model {
  const input = layers.input({ shape: [8, 8, 3] })
  let x = layers
    .conv2d({ filters: 4, kernelSize: 3, activation: 'relu', useBias: options.bias ?? true, name: options.conv ?? 'conv1' })
    .apply(input)
  x = layers.batchNormalization({ scale: false, name: 'bn1' }).apply(x)
  x = layers.flatten({ name: 'flat' }).apply(x)
  return new Model({
    inputs: input,
    outputs: layers.dense({ units: options.units ?? 5, activation: 'softmax', name: 'predictions' }).apply(x),
    name: 'small',
  })
}

/** Reads all values, in slices of different lengths. */
async function expectRead(model: Model): Promise<void> {
  for (const { shape, source } of model.weights) {
    const size = sizeOf(shape)
    for (let at = 0; at < size; at += 31) expect((await source.read(at, Math.min(size, at + 31))).length).toBeGreaterThan(0)
  }
}

/** The nested model of the other files. */
function nested(): Model {
  const inner = layers.input({ shape: [8, 8, 3] })
  let x = inner
  for (const i of [1, 2]) {
    x = layers.conv2d({ filters: 2 + i, kernelSize: 3, useBias: false, name: `conv${i}` }).apply(x)
    x = layers.batchNormalization({ name: `bn${i}` }).apply(x)
  }
  const trunk = new Model({ inputs: inner, outputs: x, name: 'trunk' })
  const outer = layers.input({ shape: [8, 8, 3] })
  const y = layers.globalAveragePooling2d({ name: 'pool' }).apply(trunk.apply(outer))
  return new Model({ inputs: outer, outputs: layers.dense({ units: 5, name: 'predictions' }).apply(y), name: 'nested' })
}

/** Every weight has its recipe values, within the precision of the file. */
async function expectRecipe(model: Model, names: (layer: string) => string = (n) => n, precision = 0): Promise<void> {
  for (const w of model.weights) {
    const values = await w.source.read(0, sizeOf(w.shape))
    const expected = recipeValues(names(w.layer), w.name, w.shape)
    values.forEach((v, i) => expect(Math.abs(v - expected[i]!)).toBeLessThanOrEqual(precision * Math.abs(expected[i]!) + precision ** 2))
  }
}

describe('every kind of file', () => {
  test.each(READABLE.filter((n) => !n.includes('nested')))('%s by name and by order', async (name) => {
    for (const by of ['name', 'order'] as const) {
      const model = small()
      const report = await model.loadWeights(source(name), { by })
      expect(report.loaded.map((l) => `${l.layer}/${l.weight}`)).toEqual(model.weights.map((w) => w.path))
      expect([report.skipped, report.unusedInFile]).toEqual([[], []])
      await expectRecipe(model, undefined, name.includes('float16') ? 2 ** -11 : 0)
    }
  })

  test.each(['keras3_nested.h5', 'keras3_nested_frozen.h5'])('%s: nested layers by name, whatever their order', async (name) => {
    const model = nested()
    await model.loadWeights(source(name))
    await expectRecipe(model)
  })

  test.each([
    ['keras0.h5', 'weights only, Keras 0, layers without names'],
    ['keras0_graph.h5', 'weights only, Keras 0, a list without layers (Graph model)'],
    ['keras1_weights.h5', 'weights only, Keras 1 (no version in the file)'],
    ['keras1_model.h5', 'whole model, Keras 1.2.2'],
    ['keras2_weights.h5', 'weights only, Keras 2.15.0'],
    ['keras2_slashes.h5', 'weights only, Keras 2 (no version in the file)'],
    ['tf_keras_1_13.h5', 'weights only, Keras 2.2.4-tf'],
    ['keras3_model.h5', 'whole model, Keras 3.15.1'],
    ['tf_keras_2_12_branches.weights.h5', 'tf.keras 2.11 to 2.14 weights, without layer names'],
    ['keras3_0_branches.weights.h5', 'Keras 3 weights, without layer names'],
    ['keras3_branches.weights.h5', 'Keras 3 weights, with layer names'],
  ])('%s says what kind it is', async (name, variant) => {
    expect((await openKerasWeights(source(name))).variant).toBe(variant)
  })

  test("a Node Buffer, which may be a part of others' memory", async () => {
    for (const name of ['keras2_weights.h5', 'keras3.keras', 'keras2_float16.h5']) {
      const buffer = Buffer.concat([Buffer.alloc(3, 255), keras(name)]).subarray(3)
      const source: ByteSource = { size: buffer.length, name, read: (at, n) => Promise.resolve(buffer.subarray(at, at + n)) }
      for (const input of [buffer, source, [buffer]]) {
        const model = small()
        await model.loadWeights(input)
        for (const [i, w] of model.weights.entries()) {
          const plain = small()
          await plain.loadWeights(keras(name))
          const read = (m: Model) => m.weights[i]!.source.read(0, sizeOf(w.shape))
          expect(await read(model), w.path).toEqual(await read(plain))
        }
      }
    }
  })

  test('a Blob and plain bytes are as good', async () => {
    for (const input of [new Blob([keras('keras2_weights.h5')]), keras('keras2_weights.h5'), keras('keras2_weights.h5').buffer]) {
      const model = small()
      await model.loadWeights(input)
      await expectRecipe(model)
    }
  })

  test('progress counts the values that the network takes, each once: it ends at all of them', async () => {
    for (const name of [
      'keras2_weights.h5',
      'keras2_gzip.h5',
      'keras2_float16.h5',
      'keras3.keras',
      'keras3.weights.h5',
      'keras1_weights.h5',
    ]) {
      const seen: UploadProgress[] = []
      const model = small()
      await model.loadWeights(source(name), { onProgress: (p) => seen.push(p) })
      const totalBytes = 4 * model.countParams()
      expect(seen, name).toEqual([{ loadedBytes: 0, totalBytes }])
      await expectRead(model)
      expect(seen.at(-1), name).toEqual({ loadedBytes: totalBytes, totalBytes })
      expect(seen.length).toBeGreaterThan(7)
      expect(seen.map((p) => p.loadedBytes)).toEqual([...new Set(seen.map((p) => p.loadedBytes))].sort((a, b) => a - b))
      await expectRead(model) // read again, as for another device
      expect(seen.at(-1), name).toEqual({ loadedBytes: totalBytes, totalBytes })
    }
  })

  test('progress does not count layers of the file that the network lacks', async () => {
    const input = layers.input({ shape: [8, 8, 3] })
    const model = new Model({ inputs: input, outputs: layers.conv2d({ filters: 4, kernelSize: 3, name: 'conv1' }).apply(input) })
    const seen: UploadProgress[] = []
    await model.loadWeights(source('keras2_weights.h5'), { onProgress: (p) => seen.push(p) })
    await expectRead(model)
    expect(seen.at(-1)).toEqual({ loadedBytes: 4 * 112, totalBytes: 4 * 112 })
  })
})

describe('names', () => {
  test('automatic ones are matched by creation, from whatever number the file begins', async () => {
    const input = layers.input({ shape: [8, 8, 3] })
    let x = layers.conv2d({ filters: 4, kernelSize: 3, name: 'conv' }).apply(input)
    x = layers.batchNormalization({ scale: false, name: 'bn' }).apply(x)
    x = layers.flatten().apply(x)
    const model = new Model({ inputs: input, outputs: layers.dense({ units: 5, name: 'predictions' }).apply(x), automaticNames: true })
    await expect(model.loadWeights(source('keras2_weights.h5'))).rejects.toThrow('[conv] must be in the file')
    await model.loadWeights(source('keras2_weights.h5'), { rename: { conv: 'conv1', bn: 'bn1' } })
    await expectRecipe(model, (n) => ({ conv: 'conv1', bn: 'bn1' })[n] ?? n)
  })

  test('rename must name layers of the network', async () => {
    await expect(small().loadWeights(source('keras2_weights.h5'), { rename: { conv: 'conv1' } })).rejects.toThrow(
      '[loadWeights] rename must name layers of the network that have weights, got conv',
    )
  })
})

describe('mismatches', () => {
  const refused = async (model: Model, options = {}) => {
    const before = model.weights.map((w) => w.source)
    const error = await model.loadWeights(source('keras2_weights.h5'), options).then(
      () => undefined,
      (e: Error) => e,
    )
    expect(model.weights.map((w) => w.source)).toEqual(before)
    return error
  }
  test('a missing layer, with the nearest names', async () => {
    const error = await refused(small({ conv: 'conv2' }))
    expect(error).toBeInstanceOf(WeightsError)
    expect(error).toMatchObject({
      code: 'missing-layer',
      message: '[conv2] must be in the file, got 3 other layers, the nearest conv1, bn1, predictions',
    })
  })
  test('a wrong shape, with both', async () => {
    const message = "[predictions] kernel must have shape [144,7], got [144,5] in the file's /predictions/predictions/kernel:0"
    expect(await refused(small({ units: 7 }))).toMatchObject({ code: 'weight-shape', message })
  })
  test('another number of weights', async () => {
    const message = "[conv1] must have 1 (kernel) weights, got 2 (kernel, bias) in the file's conv1"
    expect(await refused(small({ bias: false }))).toMatchObject({ code: 'weight-count', message })
  })
  test('all at once', async () => {
    const error = await refused(small({ conv: 'conv2', units: 7 }))
    expect(error!.message.split('\n').length).toBe(2)
  })
  test('skipped on request, and reported', async () => {
    const model = small({ units: 7 })
    const report = await model.loadWeights(source('keras2_weights.h5'), { skipMismatch: true })
    expect(report.skipped).toEqual([{ layer: 'predictions', reason: expect.stringContaining('must have shape [144,7]') as string }])
    expect(report.loaded.length).toBe(5)
  })
  test('by order with another number of layers', async () => {
    const input = layers.input({ shape: [8, 8, 3] })
    const model = new Model({ inputs: input, outputs: layers.conv2d({ filters: 4, kernelSize: 3 }).apply(input) })
    await expect(model.loadWeights(source('keras2_weights.h5'), { by: 'order' })).rejects.toThrow('got 3 and 1')
  })
  test('options that do not go together', async () => {
    expect(await refused(small(), { by: 'order', rename: { conv1: 'conv1' } })).toBeInstanceOf(ArgumentError)
    expect(await refused(small(), { by: 'topology' })).toBeInstanceOf(ArgumentError)
  })
})

test('HDF5 of another kind is refused with what it holds', async () => {
  const error = await openKerasWeights(source('not_keras.h5')).catch((e: unknown) => e as FileError)
  expect(error).toBeInstanceOf(FileError)
  expect((error as FileError).code).toBe('not-keras')
  expect((error as FileError).message).toContain('must have layer_names or model_weights, got attributes none and members numbers')
})

describe('lists of names', () => {
  const listed = async (name: string) =>
    (await openKerasWeights(source(name))).layers.map((l) => [l.name, ...l.weights.map((w) => w.name)].join(' '))
  test.each([
    ['names_fixed.h5', 'size'],
    ['names_fixed_utf8.h5', 'größe'],
    ['names_variable_ascii.h5', 'size'],
    ['names_variable_utf8.h5', 'größe'],
  ])('%s, and an empty list of f64', async (name, layer) => {
    expect(await listed(name)).toEqual([`${layer} kernel bias`, 'flat'])
    const file = await openKerasWeights(source(name))
    expect(file.variant).toBe('weights only, Keras 2.1.6')
    expect(await readAll(file.layers[0]!.weights[0]!.source)).toEqual(recipeValues(layer, 'kernel', [1, 1, 3, 4]))
  })
  test('in pieces', async () => {
    expect(await listed('keras2_chunked_names.h5')).toEqual([0, 1, 2, 3, 4].map((i) => `conv${i} kernel bias`))
  })
  test.each(['keras1_slashes.h5', 'keras2_slashes.h5', 'keras2_nested_slashes.h5'])('%s: layer names with slashes', async (name) => {
    const targets = ['a', 'b'].map((b) => ({
      layer: `inception_3${b}/3x3_reduce`,
      className: 'Conv2D',
      parameters: [
        { name: 'kernel', shape: [1, 1, 3, 4] },
        { name: 'bias', shape: [4] },
      ],
    }))
    const { assignments } = matchWeights(await openKerasWeights(source(name)), targets)
    expect(assignments.length).toBe(4)
    for (const { layer, index, source: values } of assignments) {
      const { name: weight, shape } = targets[0]!.parameters[index]!
      expect(await values.read(0, sizeOf(shape))).toEqual(recipeValues(layer, weight, shape))
    }
  })
})

test('BatchNormalizationV1 and automatic names of old versions', async () => {
  const input = layers.input({ shape: [2, 2, 3] })
  let x = layers.conv2d({ filters: 4, kernelSize: 1, name: 'conv2d_7' }).apply(input)
  for (const i of [3, 4]) x = layers.batchNormalization({ name: `batch_normalization_${i}` }).apply(x)
  const model = new Model({ inputs: input, outputs: x, automaticNames: true })
  await model.loadWeights(source('tf_keras_1_13.h5'))
  const theirs: Record<string, string> = {
    conv2d_7: 'conv2d',
    batch_normalization_3: 'batch_normalization_v1',
    batch_normalization_4: 'batch_normalization_v1_1',
  }
  await expectRecipe(model, (name) => theirs[name]!)
})

test.each(['keras3_shared.h5', 'keras3_shared.weights.h5'])(
  '%s: layers and networks that are applied twice are there once',
  async (name) => {
    const inner = layers.input({ shape: [4, 4, 3] })
    const conv = layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', name: 'conv1' })
    const trunk = new Model({ inputs: inner, outputs: conv.apply(inner), name: 'trunk' })
    const input = layers.input({ shape: [4, 4, 3] })
    const x = layers.globalAveragePooling2d({ name: 'pool' }).apply(trunk.apply(trunk.apply(input)))
    const dense = layers.dense({ units: 3, name: 'twice' })
    const model = new Model({ inputs: input, outputs: dense.apply(dense.apply(x)) })
    const report = await model.loadWeights(source(name))
    expect(report.loaded.length).toBe(4)
    await expectRecipe(model)
  },
)

test('an aborted load gives the reason of the abort', async () => {
  const stop = AbortSignal.abort(new Error('enough'))
  await expect(openKerasWeights(bytesSource(keras('keras2_weights.h5')), { signal: stop })).rejects.toThrow('enough')
})
