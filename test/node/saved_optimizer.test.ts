/**
 * Optimizers in files: what Keras trained and saved goes on here; what is trained here goes on here to the bit, and in Keras, where there is
 * Python with Keras (THAW_PYTHON, default python3). Weights after ten steps may differ by what f32 is off.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import golden from '../golden/models/trained.json' with { type: 'json' }
import { layers } from '../../src/layers/index.ts'
import { loadModel } from '../../src/models/load_model.ts'
import type { Dataset } from '../../src/loaders/hdf5/dataset.ts'
import { saveModel } from '../../src/node/save.ts'
import { fromArray } from '../../src/parameter.ts'
import { sizeOf, type Shape } from '../../src/shape.ts'
import type { SymbolicTensor } from '../../src/layers/layer.ts'
import type { Structure } from '../../src/structure.ts'
import type { Logs } from '../../src/training/metrics/index.ts'
import { Model } from '../../src/training/model.ts'
import { adam, cosineDecay, rmsprop, sgd, type Optimizer } from '../../src/training/optimizers/index.ts'
import { useDevice } from '../support/device.ts'

const device = useDevice()
const [HALF, BATCH, FEATURES] = [20, 4, 3]
const KINDS = ['keras', 'h5'] as const

const names = ['adam', 'sgd', 'rmsprop'] as const
const optimizers: Readonly<Record<(typeof names)[number], () => Optimizer>> = {
  adam: () => adam({ learningRate: 0.02, amsgrad: true }),
  sgd: () => sgd({ learningRate: 0.02, momentum: 0.9, clipnorm: 0.5 }),
  rmsprop: () => rmsprop({ learningRate: cosineDecay({ initialLearningRate: 0.02, decaySteps: 20 }), momentum: 0.5, centered: true }),
}
const files = names.flatMap((name) => KINDS.map((kind) => [name, kind] as const))

afterEach(() => {
  expect(device().live.buffers).toBe(0)
})

/** The formula of the scripts: multiples of 1/64 from -1 to 1. */
function numbers(shape: Shape, seed: number, scale = 1): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: sizeOf(shape) }, (_, i) => ((((i * 37 + seed * 71) % 129) - 64) / 64) * scale)
}

function network(): Model {
  const input = layers.input({ shape: [FEATURES] })
  const hidden = layers.dense({ units: 5, activation: 'tanh', name: 'hidden' }).apply(input)
  const model = new Model({ inputs: input, outputs: layers.dense({ units: 3, activation: 'softmax', name: 'predictions' }).apply(hidden) })
  model.weights.forEach((w, i) => (w.source = fromArray(w.shape, numbers(w.shape, i + 1, 0.75))))
  return model
}

const x = numbers([2 * HALF, FEATURES], 5)
const y = Uint8Array.from({ length: 2 * HALF }, (_, i) => (i * 5 + Math.floor(i / 7)) % 3)
/** Five steps: the first half of the samples, or the second. */
const train = (model: Model, half: 0 | 1) => {
  const [from, to] = [half * HALF, (half + 1) * HALF]
  const samples = { shape: [HALF, FEATURES], data: x.slice(from * FEATURES, to * FEATURES) }
  return model.fit({ x: samples, y: y.slice(from, to) }, { batchSize: BATCH, shuffle: false })
}

const compile = (model: Model, optimizer: Optimizer | 'saved') =>
  model.compile({ device: device(), optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })

async function trained(name: (typeof names)[number]): Promise<Model> {
  const model = network()
  await compile(model, optimizers[name]())
  await train(model, 0)
  return model
}

const valuesOf = async (model: Model) => (await model.getWeights()).map((w) => [...w.data])
/** Ten steps of 0.02 at most, whose size Keras has from 1 - beta2^t in f32: off by 2^-24 / 0.001 of it, and as much by all else. */
const near = (ours: readonly number[][], theirs: readonly number[][]) =>
  expect(Math.max(...theirs.flatMap((values, i) => values.map((v, j) => Math.abs(v - ours[i]![j]!))))).toBeLessThan(2e-5)

test.each(files)('what Keras trained with %s and saved as %s goes on here as there', async (name, kind) => {
  using model = await loadModel(new Uint8Array(readFileSync(new URL(`../golden/models/trained_${name}.${kind}`, import.meta.url))))
  await compile(model, 'saved')
  expect((await model.trainerState()).step).toBe(5)
  await train(model, 1)
  near(await valuesOf(model), golden[name])
})

test.each(files)('what is trained here with %s and saved as %s goes on here to the bit', async (name, kind) => {
  using model = await trained(name)
  using other = await loadModel(await model.save(kind).blob())
  await compile(other, 'saved')
  expect((await other.trainerState()).moments).toEqual((await model.trainerState()).moments)
  for (const m of [model, other]) await train(m, 1)
  expect(await valuesOf(other)).toEqual(await valuesOf(model))
})

test.each(KINDS)('the count of steps is whole beyond 2^24 in %s', async (kind) => {
  using model = network()
  await compile(model, sgd())
  const state = { ...(await model.trainerState()), step: 2 ** 24 }
  await model.fit({ x: { shape: [1, FEATURES], data: x.slice(0, FEATURES) }, y: y.slice(0, 1) }, { batchSize: 1, state })
  using other = await loadModel(await model.save(kind).blob())
  await compile(other, 'saved')
  expect((await other.trainerState()).step).toBe(2 ** 24 + 1)
})

/** The state of `a/b` and of `a_b` has one name in Keras, which cannot save it as .h5. */
test.each(KINDS)('weights whose names come to one keep their own state in %s', async (kind) => {
  const inner = layers.input({ shape: [FEATURES] })
  const nested = new Model({ name: 'a', inputs: inner, outputs: layers.dense({ units: 4, name: 'b' }).apply(inner) })
  const input = layers.input({ shape: [FEATURES] })
  const between = layers.dense({ units: 4, name: 'a_b' }).apply(nested.apply(input))
  using model = new Model({ inputs: input, outputs: layers.dense({ units: 3, activation: 'softmax', name: 'end' }).apply(between) })
  await compile(model, adam())
  await train(model, 0)
  using other = await loadModel(await model.save(kind).blob())
  await compile(other, 'saved')
  const { moments } = await other.trainerState()
  expect(Object.keys(moments)).toEqual(expect.arrayContaining(['a/b/bias/velocity', 'a_b/bias/velocity']))
  expect(moments).toEqual((await model.trainerState()).moments)
  expect(moments['a/b/bias/velocity']).not.toEqual(moments['a_b/bias/velocity'])
})

test.each([2, 0])('an optimizer that has not trained goes on as a new one: Keras keeps %i variables of it', async (count) => {
  using model = network()
  await compile(model, adam({ learningRate: 0.02 }))
  const file = await model.save().blob()
  using other = await loadModel(file)
  const { config, variables } = other.savedOptimizer!
  other.savedOptimizer = { config, variables: async () => (await variables()).slice(0, count) }
  await compile(other, 'saved')
  for (const m of [model, other]) await train(m, 0)
  expect(await valuesOf(other)).toEqual(await valuesOf(model))
})

/** Of one loss for two outputs, one by a name of its own, with weights and metrics. */
async function twoOutputs(byName: boolean): Promise<Model<Structure<SymbolicTensor>>> {
  const input = layers.input({ shape: [FEATURES] })
  const kind = layers.dense({ units: 3, activation: 'softmax', name: 'kind' }).apply(input)
  const size = layers.dense({ units: 1, name: 'size' }).apply(input)
  const model = new Model<Structure<SymbolicTensor>>({ inputs: input, outputs: byName ? { kind, size } : [size, kind] })
  model.weights.forEach((w, i) => (w.source = fromArray(w.shape, numbers(w.shape, i + 1, 0.75))))
  await model.compile({
    device: device(),
    optimizer: 'adam',
    loss: { kind: 'sparseCategoricalCrossentropy', size: 'mse' },
    lossWeights: { size: 0.5 },
    metrics: { kind: ['acc', 'sparseTopKCategoricalAccuracy'] },
    weightedMetrics: { size: 'mae' },
  })
  return model
}

const python = process.env['THAW_PYTHON'] ?? 'python3'
const env = { ...process.env, KERAS_BACKEND: process.env['KERAS_BACKEND'] ?? 'jax' }
const there = spawnSync(python, ['-c', 'import keras, h5py; assert int(keras.__version__[0]) >= 3'], { env }).status === 0

test.skipIf(!there)(
  'what is trained here goes on in Keras as here',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'thaw-optimizer-'))
    try {
      const after = new Map<string, number[][]>()
      for (const name of names) {
        using model = await trained(name)
        await saveModel(model, join(folder, `${name}.keras`))
        await train(model, 1)
        after.set(name, await valuesOf(model))
      }
      const scores = new Map<string, Logs>()
      for (const byName of [false, true]) {
        using model = await twoOutputs(byName)
        const path = `two_outputs_${byName}`
        await saveModel(model, join(folder, `${path}.keras`))
        const size = Float32Array.from({ length: 2 * HALF }, (_, n) => x[n * FEATURES]!)
        scores.set(path, await model.evaluate({ x: { shape: [2 * HALF, FEATURES], data: x }, y: { kind: y, size } }, { batchSize: BATCH }))
      }
      const script = fileURLToPath(new URL('../golden/make_saved_optimizers.py', import.meta.url))
      const { status, stderr } = spawnSync(python, [script, folder], { env, encoding: 'utf8' })
      expect([status, status === 0 ? '' : stderr]).toEqual([0, ''])
      for (const name of names) {
        const { iterations, weights } = JSON.parse(readFileSync(join(folder, `${name}.keras.json`), 'utf8')) as {
          iterations: number
          weights: number[][]
        }
        expect(iterations).toBe(5)
        near(weights, after.get(name)!)
      }
      for (const [path, logs] of scores) {
        const theirs = JSON.parse(readFileSync(join(folder, `${path}.keras.json`), 'utf8')) as Logs
        expect(Object.keys(theirs).sort()).toEqual(Object.keys(logs).sort())
        near([Object.keys(logs).map((key) => logs[key]!)], [Object.keys(logs).map((key) => theirs[key]!)])
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
  300_000,
)

describe('refused', () => {
  test('saved, of a model that no file came with, or without an optimizer', async () => {
    const rule = "[compile] optimizer: 'saved' needs a model from a file that keeps one, got none"
    await expect(compile(network(), 'saved')).rejects.toThrow(rule)
    using model = await trained('adam')
    const bare = await loadModel(await model.save('keras', { includeOptimizer: false }).blob())
    await expect(compile(bare, 'saved')).rejects.toThrow(rule)
  })

  test('another set of trainable weights than was saved', async () => {
    using model = await trained('adam')
    const other = await loadModel(await model.save().blob())
    other.layers.find((l) => l.name === 'hidden')!.trainable = false
    await expect(compile(other, 'saved')).rejects.toThrow('[compile] a saved adam must have 8 variables for what is trainable, got 14')
  })

  test('to save a schedule that Keras lacks; all else is saved', async () => {
    using model = network()
    await compile(model, adam({ learningRate: { rate: () => 0.1 } }))
    expect(() => model.save('h5', { includeOptimizer: true })).toThrow('a schedule of Keras to be saved, got another schedule')
    const { savedOptimizer } = await loadModel(await model.save().blob())
    expect(savedOptimizer).toBeUndefined()
    expect(await model.saveWeights().size()).toBeGreaterThan(await model.saveWeights('h5').size()) // the state of the optimizer is in it
  })

  test.each([-1, 1.5, NaN])('a count of steps that is %d', async (step) => {
    const count = { readDouble: () => Promise.resolve(Float64Array.of(step)) } as unknown as Dataset
    using model = network()
    model.savedOptimizer = {
      config: { ...sgd({ learningRate: cosineDecay({ initialLearningRate: 1, decaySteps: 2 }) }).serialize() },
      variables: () => Promise.resolve([count]),
    }
    const rule = '[compile] the count of steps of a saved sgd must be a whole number from 0'
    await expect(compile(model, 'saved')).rejects.toThrow(`${rule}, got ${step}`)
  })

  test('to save an optimizer that there is not, or that Keras lacks', async () => {
    expect(() => network().save('keras', { includeOptimizer: true })).toThrow('a model must be compiled before save')
    using model = network()
    const { state, hyper, hyperSize, apply } = bound(sgd())
    await compile(model, { name: 'own', learningRate: 1, state, hyper, hyperSize, apply })
    expect(await model.save().size()).toBeGreaterThan(0)
    expect(() => model.save('keras', { includeOptimizer: true })).toThrow("[save] an optimizer must be one of Keras's to be saved, got own")
  })
})

function bound(o: Optimizer): Pick<Optimizer, 'state' | 'hyper' | 'hyperSize' | 'apply'> {
  return { state: (w) => o.state(w), hyper: (s) => o.hyper(s), hyperSize: o.hyperSize, apply: (...given) => o.apply(...given) }
}
