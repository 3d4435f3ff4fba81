/**
 * `loadModel` on whole files that Keras itself saved: Keras 3 (test/golden/make_models.py), and Keras 1.2, 2.2, 2.13, 2.14 and
 * 2.15 (test/golden/make_old_models.py, make_theano.py). The outputs are those of real Keras.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { FileError } from '../../src/errors.ts'
import { layers } from '../../src/layers/index.ts'
import { bytesSource } from '../../src/loaders/bytes/bytes.ts'
import { openMember, zipMembers } from '../../src/loaders/bytes/zip.ts'
import { loadModel } from '../../src/models/load_model.ts'
import { sizeOf } from '../../src/shape.ts'
import type { LoadReport } from '../../src/loaders/keras/load_weights.ts'
import type { Network } from '../../src/layers/network.ts'
import { weightedLayers } from '../../src/layers/weighted_layers.ts'
import dialects from '../golden/models/dialects.json' with { type: 'json' }
import theano from '../golden/models/theano.json' with { type: 'json' }
import files from '../golden/models/files.json' with { type: 'json' }
import type { Tensor } from '../../src/tensor.ts'
import { listOf } from '../../src/structure.ts'
import { useDevice } from '../support/device.ts'
import { expectOutput } from '../support/golden.ts'
import { source } from '../loaders/files.ts'
import { recipeImage } from '../support/recipe.ts'

const device = useDevice()

const bytes = (file: string) => new Uint8Array(readFileSync(new URL(`../golden/models/${file}`, import.meta.url)))

interface Output {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

/** Loads from bytes, which must be used up, and compares the outputs. */
async function expectPredictions(file: string, inputShape: readonly number[], scale: number, outputs: readonly Output[]): Promise<Network> {
  const reports: LoadReport[] = []
  using model = await loadModel(bytes(file), { onReport: (report) => reports.push(report) })
  expect(reports.map((r) => [r.skipped, r.unusedInFile, r.loaded.length])).toEqual([[[], [], model.weights.length]])
  await model.compile({ device: device() })
  const ys = listOf<Tensor>(await model.predict(recipeImage(inputShape, scale)))
  expect(ys.map((y) => y.shape)).toEqual(outputs.map((o) => o.shape))
  outputs.forEach(({ values }, i) => expectOutput(ys[i]!, values))
  return model
}

const leaves = (network: Network): Network['layers'][number][] => weightedLayers(network).map(({ layer }) => layer)

describe('a file of Keras 3', () => {
  test.each(files)('$file', async ({ file, inputShape, layers, weights, outputs }) => {
    const model = await expectPredictions(file, inputShape, 1, outputs)
    expect(model.layers.map((l) => l.name).slice(-layers.length)).toEqual(layers)
    const ours = leaves(model)
    expect(ours.map((l) => [l.name, l.weights.map((w) => [w.name, w.shape])])).toEqual(weights)
  })
})

describe('a file of', () => {
  test.each([
    ['keras1.h5', 'nested'],
    ['keras2_2.h5', 'Sequential of models'],
    ['keras2_13.keras', 'nested twice'],
    ['keras2_14.keras', 'branches'],
    ['keras2_15.h5', 'newest layers'],
    ['keras2_15.keras', 'nested twice'],
    ['keras2_15_attention.keras', 'attention'],
  ])('an older Keras: %s', async (file, name) => {
    const { inputShape, outputs } = dialects.find((d) => d.name === name)!
    await expectPredictions(file, inputShape!, 1 / 256, outputs['2'])
  })
})

describe('a file of the Theano backend: kernels turned round, and its own padding', () => {
  test.each(theano)('$file', async ({ file, inputShape, outputs }) => {
    await expectPredictions(file, inputShape, 1 / 256, outputs)
  })

  test('says so in its report, and the option kernels may deny it', async () => {
    const variants: string[] = []
    for (const kernels of [undefined, 'tensorflow'] as const) {
      const model = await loadModel(bytes('theano1.h5'), { ...(kernels && { kernels }), onReport: (r) => variants.push(r.variant) })
      expect('padding' in model.getLayer('conv1') && model.getLayer('conv1')).toMatchObject({ padding: kernels ? 'same' : [1, 2, 0, 1] })
    }
    expect(variants).toEqual(['whole model, Keras 1.2.2, converted from Theano kernels', 'whole model, Keras 1.2.2'])
  })
})

describe('a file that holds no model', () => {
  test.each(['keras3.weights.h5', 'keras2_weights.h5'])('%s, weights only', async (name) => {
    const weights = source(name)
    await expect(loadModel(weights)).rejects.toThrow(
      new FileError(
        'not-keras',
        `[${weights.name}] a model file must hold its config (weights only: give the config with it, ['model.json', '${weights.name}'], or build the network and call loadWeights; thaw inspect says which network fits), got none`,
      ),
    )
  })

  test.each(['keras1.h5', 'transfer.keras'])('%s with a config that is no JSON', async (name) => {
    const broken = bytes(name)
    const begin = Buffer.from(broken).indexOf(name === 'keras1.h5' ? '{"class_name"' : '{"module"')
    broken[begin] = '!'.charCodeAt(0)
    await expect(loadModel(broken)).rejects.toMatchObject({
      name: 'FileError',
      code: 'corrupt',
      message: expect.stringMatching(/^\[.+\] the config must be JSON, got SyntaxError: .*!/) as string,
    })
  })

  test('a config that leaves the input size open takes it from inputShape; nothing is loaded for a layer that has been replaced', async () => {
    const reports: LoadReport[] = []
    const pool = layers.globalMaxPooling2d({ name: 'largest' })
    const options = { inputShape: [18, 17, 3], replaceLayers: { global_average_pooling2d: pool } }
    using model = await loadModel(bytes('transfer.keras'), { ...options, onReport: (report) => reports.push(report) })
    expect(model.input.shape).toEqual([null, 18, 17, 3])
    expect(model.layers.map((l) => l.name)).toContain('largest')
    expect(reports[0]!.loaded.length).toBe(model.weights.length)
  })
})

test('the files of an unpacked archive, as model hubs have them', async () => {
  const archive = bytesSource(bytes('transfer.keras'), 'transfer.keras')
  const members = await zipMembers(archive)
  const loose = await Promise.all(members.map((m) => openMember(archive, m)))
  const [model, whole] = [await loadModel(loose), await loadModel(archive)]
  expect(model.weights.map((w) => w.path)).toEqual(whole.weights.map((w) => w.path))
  for (const [i, w] of model.weights.entries())
    expect(await w.source.read(0, sizeOf(w.shape))).toEqual(await whole.weights[i]!.source.read(0, sizeOf(w.shape)))
  const rest = loose.filter((s) => !s.name.endsWith('config.json'))
  await expect(loadModel(rest)).rejects.toThrow('a model file must hold its config')
})
