/**
 * Our files in real Keras, and back: bit-equal weights, predictions within 1e-5. Needs Python with Keras (THAW_PYTHON, default python3), and
 * is skipped where there is none.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Device } from '../../../src/device/device.ts'
import { layers } from '../../../src/layers/index.ts'
import type { SymbolicTensor } from '../../../src/layers/layer.ts'
import { blobSource } from '../../../src/loaders/bytes/blob.ts'
import { inceptionV3 } from '../../../src/models/inception.ts'
import { loadModel } from '../../../src/models/load_model.ts'
import { resnet50 } from '../../../src/models/resnet.ts'
import { fileSource } from '../../../src/node/file.ts'
import { PREPROCESS_MODES, type PreprocessMode } from '../../../src/preprocess_modes.ts'
import { saveModel, saveWeights } from '../../../src/node/save.ts'
import { Model } from '../../../src/training/model.ts'
import { sizeOf } from '../../../src/shape.ts'
import type { Tensor } from '../../../src/tensor.ts'
import { useDevice } from '../../support/device.ts'
import { useRecipe } from '../../support/recipe.ts'
import { recipeInputs, trainHead, withNewHead } from '../../support/two_inputs.ts'

const python = process.env['THAW_PYTHON'] ?? 'python3'
const env = { ...process.env, KERAS_BACKEND: process.env['KERAS_BACKEND'] ?? 'jax' }
const there = spawnSync(python, ['-c', 'import keras, h5py; assert int(keras.__version__[0]) >= 3'], { env }).status === 0

/** Every layer that Keras has too, with options that are not the default. */
function everything(): Model {
  const input = layers.input({ shape: [17, 13, 3], name: 'pixels' })
  const same = (x: SymbolicTensor, filters: number) => layers.conv2d({ filters, kernelSize: 3, padding: 'same' }).apply(x)
  let x = layers.normalization({ mean: [0.4, 0.5, 0.6], variance: [0.05, 0.06, 0.07] }).apply(input)
  x = layers.rescaling({ scale: [0.5, 0.6, 0.7], offset: 0.1 }).apply(x)
  x = layers.conv2d({ filters: 8, kernelSize: [3, 2], strides: [2, 1], groups: 1, activation: 'relu6' }).apply(x)
  x = layers.batchNormalization({ scale: false, epsilon: 1e-5 }).apply(x)
  x = layers.leakyRelu({ negativeSlope: 0.1 }).apply(x)
  x = layers.conv2d({ filters: 8, kernelSize: 1, groups: 4, useBias: false, activation: 'silu' }).apply(x)
  x = layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', depthMultiplier: 2, activation: 'tanh' }).apply(x)
  x = layers.separableConv2d({ filters: 6, kernelSize: 3, padding: 'same', activation: 'elu' }).apply(x)
  x = layers.prelu({ sharedAxes: [1, 2] }).apply(x)
  x = layers.conv2dTranspose({ filters: 6, kernelSize: 3, strides: 2, padding: 'same', activation: 'selu' }).apply(x)
  x = layers.zeroPadding2d({ padding: [[1, 0], [0, 2]] }).apply(x) // prettier-ignore
  x = layers.cropping2d({ cropping: [[0, 1], [1, 1]] }).apply(x) // prettier-ignore
  x = layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }).apply(x)
  x = layers.upSampling2d({ size: [1, 2], interpolation: 'bilinear' }).apply(x)
  x = layers.resizing({ height: 9, width: 11, interpolation: 'bicubic', antialias: true, padToAspectRatio: true, fillValue: 0.5 }).apply(x)
  const [a, b] = [same(x, 6), same(x, 6)]
  const gate = layers.globalAveragePooling2d({ keepdims: true }).apply(a)
  x = layers
    .concatenate()
    .apply([
      layers.add().apply([a, b]),
      layers.multiply().apply([a, gate]),
      layers.average().apply([a, b, x]),
      layers.maximum().apply([a, b]),
      layers.subtract().apply([a, b]),
      layers.minimum().apply([a, b]),
    ])
  x = layers.normalization().apply(x)
  x = layers.maxPooling2d({ poolSize: 2 }).apply(layers.relu({ maxValue: 4, negativeSlope: 0.2, threshold: 0.1 }).apply(x))
  x = layers.permute({ dims: [3, 1, 2] }).apply(layers.spatialDropout2d({ rate: 0.2 }).apply(x))
  x = layers.reshape({ targetShape: [-1, 10] }).apply(x)
  x = layers.activation({ activation: 'gelu' }).apply(layers.dense({ units: 7, activation: 'hardSigmoid' }).apply(x))
  x = layers.softmax().apply(layers.elu({ alpha: 0.5 }).apply(x))
  x = layers.dropout({ rate: 0.3 }).apply(layers.flatten().apply(x))
  return new Model({ inputs: input, outputs: layers.dense({ units: 5, activation: 'softmax' }).apply(x), name: 'everything' })
}

/** Every layer of sequences, with options that are not the default. */
function sequences(): Model {
  const input = layers.input({ shape: [14, 4], name: 'steps' })
  let x = layers.conv1d({ filters: 4, kernelSize: 3, padding: 'causal', dilationRate: 2, groups: 2, activation: 'elu' }).apply(input)
  x = layers.batchNormalization().apply(layers.zeroPadding1d({ padding: [2, 1] }).apply(x))
  x = layers.maxPooling1d({ poolSize: 3, strides: 2, padding: 'same' }).apply(x)
  x = layers.separableConv1d({ filters: 6, kernelSize: 3, padding: 'same', depthMultiplier: 2, activation: 'tanh' }).apply(x)
  x = layers.spatialDropout1d({ rate: 0.5, seed: 3 }).apply(layers.depthwiseConv1d({ kernelSize: 2, depthMultiplier: 2 }).apply(x))
  x = layers.conv1dTranspose({ filters: 5, kernelSize: 3, strides: 2, padding: 'same', outputPadding: 1 }).apply(x)
  x = layers.averagePooling1d().apply(layers.cropping1d({ cropping: [1, 0] }).apply(x))
  x = layers.conv1d({ filters: 6, kernelSize: 3, strides: 2, useBias: false }).apply(layers.upSampling1d({ size: 3 }).apply(x))
  const mean = layers.globalAveragePooling1d({ keepdims: true }).apply(x)
  const largest = layers.globalMaxPooling1d().apply(layers.add().apply([x, mean]))
  x = layers.prelu({ sharedAxes: [1] }).apply(layers.repeatVector({ n: 3 }).apply(largest))
  x = layers.flatten().apply(layers.softmax().apply(layers.dense({ units: 4 }).apply(x)))
  return new Model({ inputs: input, outputs: layers.dense({ units: 5, activation: 'softmax' }).apply(x), name: 'sequences' })
}

/** Channels first, and last in a part of it, other axes than the last, and layers as activations. */
function axes(): Model {
  const dataFormat = 'channelsFirst'
  const input = layers.input({ shape: [3, 11, 10], name: 'pixels' })
  let x = layers.normalization({ axis: 1 }).apply(input)
  x = layers.zeroPadding2d({ padding: 1, dataFormat }).apply(layers.cropping2d({ cropping: [1, 0], dataFormat }).apply(x))
  x = layers.conv2d({ filters: 4, kernelSize: 3, dataFormat, activation: layers.leakyRelu({ negativeSlope: 0.125 }) }).apply(x)
  x = layers.depthwiseConv2d({ kernelSize: 3, dataFormat, activation: 'sparsePlus' }).apply(layers.batchNormalization({ axis: 1 }).apply(x))
  x = layers.separableConv2d({ filters: 6, kernelSize: 2, dataFormat, activation: layers.relu({ maxValue: 3, threshold: 0.25 }) }).apply(x)
  x = layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, dataFormat, activation: layers.softmax({ axis: 1 }) }).apply(x)
  x = layers.groupNormalization({ groups: 2, axis: 1 }).apply(layers.spatialDropout2d({ rate: 0.5, dataFormat }).apply(x))
  x = layers.upSampling2d({ size: [1, 2], dataFormat }).apply(layers.prelu({ sharedAxes: [2, 3] }).apply(x))
  const pooled = layers.averagePooling2d({ poolSize: 3, strides: 1, padding: 'same', dataFormat }).apply(x)
  x = layers
    .concatenate({ axis: 2 })
    .apply([layers.maxPooling2d({ poolSize: 3, strides: 1, padding: 'same', dataFormat }).apply(x), pooled])
  x = layers.softmax({ axis: [1, 2] }).apply(layers.resizing({ height: 5, width: 4, dataFormat }).apply(x))
  const flat = [layers.flatten({ dataFormat }), layers.flatten()].map((l) => l.apply(x))
  const pools = [layers.globalMaxPooling2d({ dataFormat }), layers.globalAveragePooling2d({ dataFormat })].map((l) => l.apply(x))
  const last = layers.conv2d({ filters: 3, kernelSize: 2, activation: 'mish' }).apply(layers.permute({ dims: [2, 3, 1] }).apply(x))
  x = layers.concatenate().apply([...flat, ...pools, layers.flatten().apply(last)])
  return new Model({ inputs: input, outputs: layers.dense({ units: 5, activation: layers.elu({ alpha: 0.5 }) }).apply(x), name: 'axes' })
}

/** Sizes that samples say, of a picture and of a sequence that becomes of it. */
function open(): Model {
  const input = layers.input({ shape: [null, null, 3], name: 'any' })
  let x = layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }).apply(input)
  x = layers.upSampling2d({ size: 2 }).apply(layers.maxPooling2d().apply(x))
  const steps = layers.conv1d({ filters: 3, kernelSize: 2 }).apply(layers.reshape({ targetShape: [-1, 4] }).apply(x))
  const y = layers.dense({ units: 5 }).apply(layers.globalAveragePooling1d().apply(steps))
  return new Model({ inputs: input, outputs: y, name: 'open' })
}

/** Every kind of attention, with numbers that stand alone among their weights. */
function attentive(): Model {
  const input = layers.input({ shape: [6, 5, 4], name: 'map' })
  const [q, v] = [4, 4].map((units) => layers.dense({ units }).apply(layers.reshape({ targetShape: [10, 12] }).apply(input)))
  const parts = [
    layers.attention({ useScale: true, dropout: 0.25, seed: 3, useCausalMask: true }).apply([q!, v!]),
    layers.attention({ useScale: true, scoreMode: 'concat' }).apply([q!, v!, q!]),
    layers.additiveAttention().apply([v!, q!]),
    layers.multiHeadAttention({ numHeads: 2, keyDim: 3, useCausalMask: true }).apply([q!, v!]),
  ]
  return new Model({ inputs: input, outputs: layers.globalAveragePooling1d().apply(layers.concatenate().apply(parts)), name: 'attentive' })
}

/** A frozen trunk inside a model, a trainable one, and a layer that is applied twice. */
function nested(): Model {
  const trunk = (name: string) => {
    const input = layers.input({ shape: [8, 8, 3] })
    const y = layers.batchNormalization().apply(layers.conv2d({ filters: 4, kernelSize: 3 }).apply(input))
    const z = layers.batchNormalization().apply(layers.conv2d({ filters: 4, kernelSize: 3, useBias: false }).apply(y))
    return new Model({ inputs: input, outputs: z, name })
  }
  const [frozen, thawed] = [trunk('frozen'), trunk('thawed')]
  frozen.trainable = false
  const input = layers.input({ shape: [8, 8, 3] })
  const shared = layers.dense({ units: 4, name: 'shared' })
  const pool = (x: SymbolicTensor) => layers.globalMaxPooling2d().apply(x)
  const y = layers.concatenate().apply([shared.apply(pool(frozen.apply(input))), shared.apply(pool(thawed.apply(input)))])
  return new Model({ inputs: input, outputs: layers.dense({ units: 3 }).apply(y), name: 'nested' })
}

/** Each way to preprocess pictures, as layers of Keras; and what Keras passes over. */
function preprocessed(): Model {
  const input = layers.input({ shape: [6, 5, 3], name: 'pixels' })
  const all = (Object.keys(PREPROCESS_MODES) as PreprocessMode[]).map((mode) => layers.preprocess({ mode, name: mode }).apply(input))
  const x = layers.globalAveragePooling2d().apply(layers.concatenate().apply(all))
  const about = {
    classNames: ['cat', 'chien \u{1F415}', 'bird', 'fish'],
    pictures: { interpolation: 'bilinear', preprocess: 'torch' },
  } as const
  return new Model({ inputs: input, outputs: layers.dense({ units: 4 }).apply(x), name: 'preprocessed', ...about })
}

/** A model with two inputs that Keras saved, under a new head that is trained here. */
async function trained(file: string, device: Device): Promise<Model> {
  const trunk = await loadModel(new Uint8Array(readFileSync(new URL(`../../golden/models/${file}`, import.meta.url))))
  const model = withNewHead(trunk, file.startsWith('pair'))
  await trainHead(model, device)
  return model
}

/** With recipe weights, but for those that are trained. */
async function recipe(model: Model, device: Device): Promise<Model> {
  useRecipe(model)
  await model.compile({ device })
  return model
}

/** Each compiled. */
const models: Readonly<Record<string, (device: Device) => Promise<Model>>> = {
  everything: (device) => recipe(everything(), device),
  sequences: (device) => recipe(sequences(), device),
  preprocessed: (device) => recipe(preprocessed(), device),
  axes: (device) => recipe(axes(), device),
  open: (device) => recipe(open(), device),
  attentive: (device) => recipe(attentive(), device),
  nested: (device) => recipe(nested(), device),
  inception: async (device) => recipe(await inceptionV3({ includeTop: false, inputShape: [75, 75, 3], pooling: 'avg' }), device),
  resnet: async (device) => recipe(await resnet50({ includeTop: false, inputShape: [33, 40, 3], pooling: 'max' }), device),
  image_and_numbers: (device) => trained('image_and_numbers.keras', device),
  pair: (device) => trained('pair.h5', device),
}

const sameBits = (a: Float32Array, b: Float32Array) =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength))

interface Answer {
  readonly equal: Readonly<Record<string, boolean>>
  readonly predictions: Readonly<Record<string, number[]>>
}

describe.skipIf(!there)('files of ours in Keras, and back', () => {
  const device = useDevice()
  const folder = mkdtempSync(join(tmpdir(), 'thaw-roundtrip-'))
  const ours = new Map<string, { y: Float32Array | Uint8Array; model: Model; weights: readonly Tensor[] }>()
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  beforeAll(async () => {
    for (const [name, make] of Object.entries(models)) {
      const model = await make(device())
      const xs = recipeInputs(model, 2, 1 / 255)
      const { data } = await model.predict(model.inputs.length > 1 ? xs : Object.values(xs)[0]!)
      ours.set(name, { y: data, model, weights: await model.getWeights() })
      await saveModel(model, join(folder, `${name}.keras`))
      await saveModel(model, join(folder, `${name}.h5`))
      await saveWeights(model, join(folder, `${name}.weights.h5`))
      await saveWeights(model, join(folder, `${name}.legacy.h5`))
      model.dispose()
    }
    const script = fileURLToPath(new URL('../../golden/roundtrip.py', import.meta.url))
    const { status, stderr } = spawnSync(python, [script, folder], { env, encoding: 'utf8' })
    expect([status, status === 0 ? '' : stderr]).toEqual([0, ''])
  }, 600_000)

  const answer = (name: string) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Answer

  test.each(Object.keys(models))('%s: every file gives Keras the same weights, and our predictions', (name) => {
    const { equal, predictions } = answer(name)
    expect(equal).toEqual({ keras: true, h5: true, 'weights.h5': true, 'legacy.h5': true })
    const y = ours.get(name)!.y
    for (const [kind, theirs] of Object.entries(predictions)) {
      // Of the size of the outputs, which is below 1 but for feature maps.
      const size = Math.max(1, theirs.reduce((sum, v) => sum + Math.abs(v), 0) / theirs.length)
      const far = theirs.filter((v, i) => !(Math.abs(v - y[i]!) <= 1e-5 * size))
      expect([kind, theirs.length, far]).toEqual([kind, y.length, []])
    }
  })

  // Of a flip, Keras writes an .h5 that it cannot read itself.
  const kinds = (name: string) => (name === 'preprocessed' ? ['saved.keras'] : ['saved.keras', 'saved.h5'])

  test.each(Object.keys(models).flatMap((name) => kinds(name).map((kind) => [name, kind] as const)))(
    '%s: what Keras saves as %s comes back bit for bit',
    async (name, kind) => {
      await using file = await fileSource(join(folder, `${name}.${kind}`))
      const back = await loadModel(file)
      const { model: before, weights } = ours.get(name)!
      expect(back.layers.map((l) => [l.name, l.className])).toEqual(before.layers.map((l) => [l.name, l.className]))
      expect([back.inputs, back.outputs].flat().map((t) => t.shape)).toEqual([before.inputs, before.outputs].flat().map((t) => t.shape))
      expect(back.weights.map((w) => [w.path, w.shape])).toEqual(before.weights.map((w) => [w.path, w.shape]))
      for (const [i, w] of back.weights.entries()) {
        if (w.name === 'count') continue // Keras keeps no count of what it did not see itself
        const theirs = await w.source.read(0, sizeOf(w.shape))
        expect([w.path, sameBits(theirs, weights[i]!.data as Float32Array)]).toEqual([w.path, true])
      }
    },
  )
})

test('a file read as a Blob is the file read piece by piece', async () => {
  const model = nested()
  const blob = await model.save().blob()
  expect(blob.size).toBe(await model.save().size())
  const back = await loadModel(blobSource(blob))
  expect(back.weights.map((w) => w.path)).toEqual(model.weights.map((w) => w.path))
})

test('two that write one file at once leave one whole file, and nothing beside it', async () => {
  const model = nested()
  const own = mkdtempSync(join(tmpdir(), 'thaw-save-'))
  try {
    await Promise.all([1, 2, 3].map(() => saveWeights(model, join(own, 'x.weights.h5'))))
    expect(readdirSync(own)).toEqual(['x.weights.h5'])
    const stop = AbortSignal.abort(new Error('enough'))
    await expect(saveWeights(model, join(own, 'x.weights.h5'), { signal: stop })).rejects.toThrow('enough')
    expect(readdirSync(own)).toEqual(['x.weights.h5'])
    const { loaded } = await model.loadWeights(new Uint8Array(readFileSync(join(own, 'x.weights.h5'))))
    expect(loaded.length).toBe(model.weights.length)
  } finally {
    rmSync(own, { recursive: true, force: true })
  }
})

test('a name that Keras refuses is refused before anything is written; its weights can be saved', async () => {
  const input = layers.input({ shape: [4] })
  const inner = new Model({ inputs: input, outputs: layers.dense({ units: 2, name: 'a/b' }).apply(input), name: 'inner' })
  const model = new Model({ inputs: input, outputs: layers.activation({ activation: 'relu' }).apply(inner.apply(input)) })
  for (const format of ['keras', 'h5'] as const)
    expect(() => model.save(format)).toThrow('[a/b] a layer must have a name without a slash to be saved in a model, got one')
  for (const format of ['weights.h5', 'h5'] as const) expect(await model.saveWeights(format).size()).toBeGreaterThan(4 * (4 * 2 + 2))
})
