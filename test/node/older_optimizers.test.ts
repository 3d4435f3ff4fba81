/**
 * What Keras 1.2, 2.0, 2.2, 2.3, tf.keras 1.15 and 2.15 trained and saved with their optimizers goes on here as it went on there
 * (golden/make_older_optimizers.py). Weights after ten steps may differ by what f32 is off, as in saved_optimizer.test.ts.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import golden from '../golden/models/older_optimizers.json' with { type: 'json' }
import { loadModel } from '../../src/models/load_model.ts'
import { transposed } from '../../src/loaders/keras/converted.ts'
import type { Dataset } from '../../src/loaders/hdf5/dataset.ts'
import type { SavedOptimizer } from '../../src/loaders/keras/saved_optimizer.ts'
import { weightOrder } from '../../src/training/optimizers/older.ts'
import { sizeOf, type Shape } from '../../src/shape.ts'
import type { Model } from '../../src/training/model.ts'
import { useDevice } from '../support/device.ts'

const device = useDevice()
const [HALF, BATCH, FEATURES] = [20, 4, 3]
const FOLDER = new URL('../golden/models/older_optimizers/', import.meta.url)

afterEach(() => {
  expect(device().live.buffers).toBe(0)
})

/** The formula of the scripts: multiples of 1/64 from -1 to 1. */
const numbers = (shape: Shape, seed: number) =>
  Float32Array.from({ length: sizeOf(shape) }, (_, i) => (((i * 37 + seed * 71) % 129) - 64) / 64)

const load = (file: string) => loadModel(new Uint8Array(gunzipSync(readFileSync(new URL(file, FOLDER)))))
const compile = (model: Model) => model.compile({ device: device(), optimizer: 'saved', loss: 'sparseCategoricalCrossentropy' })

/** The second five steps. */
const train = (model: Model) => {
  const x = numbers([2 * HALF, FEATURES], 5).slice(HALF * FEATURES)
  const y = Uint8Array.from({ length: HALF }, (_, i) => ((i + HALF) * 5 + Math.floor((i + HALF) / 7)) % 3)
  return model.fit({ x: { shape: [HALF, FEATURES], data: x }, y }, { batchSize: BATCH, shuffle: false })
}

const offBy = async (model: Model, theirs: readonly number[][]) => {
  const ours = await model.getWeights()
  return Math.max(...theirs.flatMap((values, i) => values.map((v, j) => Math.abs(v - ours[i]!.data[j]!))))
}

const files = readdirSync(FOLDER).filter((file) => file.endsWith('.gz'))
const refused = ['keras1_rmsprop_decay.h5.gz', 'keras2_0_rmsprop_decay.h5.gz', 'keras2_2_rmsprop_decay.h5.gz', 'tf2_15_nadam.h5.gz']
/** Of which Keras before 2.3 kept no count of steps, and what Keras 1 and 2.0 did not count. */
const uncounted = /^keras(1|2_0|2_2)_(rmsprop|adagrad|adadelta)|^keras(1|2_0)_sgd_plain/
/** Whose rule Keras 3 has no more. */
const older = /_(rmsprop|rmsprop_decay|rmsprop_centered|adagrad|nadam)\./

test('every case is there', () => {
  const cases = Object.entries(golden).flatMap(([age, of]) => Object.keys(of).map((name) => `${age}_${name}.h5.gz`))
  expect(files.filter((file) => file.includes('.h5')).sort()).toEqual(cases.sort())
})

test.each(files.filter((file) => !refused.includes(file)))('%s', async (file) => {
  const [, age, name] = /^(keras1|keras2_\d|tf1_15|tf2_15_legacy|tf2_15)_(\w+)\./.exec(file) as unknown as [
    string,
    keyof typeof golden,
    string,
  ]
  using model = await load(file)
  await compile(model)
  expect((await model.trainerState()).step).toBe(uncounted.test(file) ? 0 : 5)
  const before = await model.getWeights()
  await train(model)
  const theirs = (golden[age] as Record<string, number[][]>)[name]!
  expect(await offBy(model, theirs)).toBeLessThan(2e-5)
  expect(Math.max(...theirs.flatMap((values, i) => values.map((v, j) => Math.abs(v - before[i]!.data[j]!))))).toBeGreaterThan(1e-3)
})

test.each(['keras2_3_adam.h5.gz', 'keras2_3_sgd.h5.gz', 'tf1_15_rmsprop_momentum.h5.gz'])(
  '%s is saved and goes on to the bit',
  async (file) => {
    using model = await load(file)
    await compile(model)
    await train(model)
    const kept = older.test(file) ? undefined : 'h5'
    using other = await loadModel(await model.save(kept).blob())
    await compile(other)
    for (const m of [model, other]) await train(m)
    expect(await other.getWeights()).toEqual(await model.getWeights())
  },
)

test.each(
  files.filter(
    (file) => older.test(file) && !file.startsWith('tf2_15_rms') && !/^tf2_15_(nadam|adagrad)/.test(file) && !refused.includes(file),
  ),
)('%s is saved without its optimizer, whose rule Keras 3 has not', async (file) => {
  using model = await load(file)
  await compile(model)
  expect((await loadModel(await model.save().blob())).savedOptimizer).toBeUndefined()
  expect(() => model.save('keras', { includeOptimizer: true })).toThrow("must go by Keras 3's rule, got that of an older Keras")
})

test.each(['keras2_2_adam.h5.gz', 'keras2_2_nadam.h5.gz'])(
  '%s: the clipnorm of Keras 1 and 2 is of all gradients together',
  async (file) => {
    const weights = await Promise.all(
      [{}, { clipnorm: 0.01 }, { global_clipnorm: 0.01 }].map(async (clip) => {
        using model = await load(file)
        const { config, ...rest } = model.savedOptimizer!
        model.savedOptimizer = { ...rest, config: { ...config, config: { ...(config['config'] as object), ...clip } } }
        await compile(model)
        await train(model)
        return await model.getWeights()
      }),
    )
    expect(weights[1]).toEqual(weights[2])
    expect(weights[1]).not.toEqual(weights[0])
  },
)

describe('the order of weights', () => {
  const names = ['conv_2/kernel:0', 'conv_2/bias:0', 'conv_10/kernel:0']
  const older = { lr: 0.1 }

  test.each([
    ['1.2.2', [2, 1, 0]],
    ['2.0.5', [2, 1, 0]],
    ['2.0.6', [0, 1, 2]],
    ['2.1.6-tf', [0, 1, 2]],
    ['2.3.1', [0, 1, 2]],
  ])('%s', (version, order) => {
    expect(weightOrder(names, older, version)).toEqual(order)
    expect(weightOrder(names, { name: 'Adam' }, version)).toEqual([0, 1, 2])
  })

  test('where the version is not known, or names are not, only where it is the same', () => {
    const rule = 'must come with the version of Keras and the names of weights, by which Keras before 2.0.6 put them in order'
    expect(weightOrder(['a_W', 'a_b', 'b_W'], older, undefined)).toEqual([0, 1, 2])
    expect(() => weightOrder(names, older, undefined)).toThrow(`${rule}, got no version`)
    expect(() => weightOrder(['param_1', 'param_0'], older, '1.0.0')).toThrow(`${rule}, got param_1`)
  })
})

describe('refused', () => {
  test.each(refused)('%s, of which Keras did not keep what it takes', async (file) => {
    const model = await load(file)
    const rule = file.includes('nadam')
      ? '[compile] a saved nadam must have the product of its momenta, which Keras 2.11 to 2.15 neither kept nor computed once a step, got none'
      : '[compile] a saved rmsprop whose learning rate decays must have the count of steps, which Keras before 2.3 did not keep, got none'
    await expect(compile(model)).rejects.toThrow(`${rule}; compile with an optimizer of your own`)
  })

  test('another set of trainable weights than was saved', async () => {
    const model = await load('keras2_2_adamax.h5.gz')
    model.layers.find((l) => l.name === 'hidden')!.trainable = false
    await expect(compile(model)).rejects.toThrow('[compile] a saved adamax must have 5 variables for what is trainable, got 9')
  })

  test('the state of a weight that is converted when it is read', async () => {
    const model = await load('keras2_2_adam.h5.gz')
    const [kernel] = model.weights
    kernel!.source = { ...transposed(kernel!.source, [0, 1], true), shape: kernel!.shape }
    const rule = '[compile] the state of hidden/kernel must lie in the file as the weight does, which is converted when it is read'
    await expect(compile(model)).rejects.toThrow(`${rule}, got hidden_kernel_momentum; compile with an optimizer of your own`)
  })

  test.each([
    [{ decay: 0.1, learning_rate: { class_name: 'ExponentialDecay', config: {} }, name: 'Adam' }, 'got decay 0.1 of a schedule'],
    [{ decay: 'much', lr: 0.1 }, 'the decay of a saved Adam must be a number, and so must'],
    [{ lr: 0.1, clipnorm: 1, clipvalue: 1 }, 'one of clipnorm, clipvalue and globalClipnorm must be given at most'],
  ])('options that no Keras has: %j', async (config, rule) => {
    const model = await load('keras1_adam.h5.gz')
    model.savedOptimizer = { ...model.savedOptimizer!, config: { class_name: 'Adam', config } }
    await expect(compile(model)).rejects.toThrow(rule)
  })

  test('what has no class', async () => {
    const model = await load('keras1_adam.h5.gz')
    const saved: SavedOptimizer = { config: { config: 3 }, variables: (): Promise<Dataset[]> => Promise.resolve([]) }
    model.savedOptimizer = saved
    await expect(compile(model)).rejects.toThrow('[compile] a saved optimizer must have a class and options, got undefined and 3')
  })
})
