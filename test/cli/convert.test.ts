/** `thaw convert`: files of every age become files of Keras 3, which predicts the same (where Python has it: THAW_PYTHON, default python3). */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ConvertReport } from '../../src/cli/convert.ts'
import { layers, loadModel, Model, saveModel } from '../../src/node.ts'
import { useDevice } from '../support/device.ts'
import { recipeInputs } from '../support/two_inputs.ts'
import { fixture, thaw, useFolder } from './run.ts'

const made = useFolder()
const golden = (name: string) => fileURLToPath(new URL(`../golden/models/${name}`, import.meta.url))

const python = process.env['THAW_PYTHON'] ?? 'python3'
const env = { ...process.env, KERAS_BACKEND: process.env['KERAS_BACKEND'] ?? 'jax' }
const there = spawnSync(python, ['-c', 'import keras, h5py; assert int(keras.__version__[0]) >= 3'], { env }).status === 0

/** By a name of their own; a config and its weights as two. */
const FILES: Readonly<Record<string, () => readonly string[]>> = {
  keras1: () => [golden('keras1.h5')],
  keras2_2: () => [golden('keras2_2.h5')],
  keras2_13: () => [golden('keras2_13.keras')],
  keras2_15: () => [golden('keras2_15.h5')],
  keras3: () => [golden('transfer.keras')],
  two_inputs: () => [golden('pair.h5')],
  tfjs: () => [golden('tfjs/uint8')],
  unpacked: () => [made('config.json'), fixture('keras3.weights.h5')],
}
const KINDS = ['keras', 'h5', 'weights.h5'] as const

async function converted(...argv: string[]): Promise<ConvertReport> {
  const { code, out, err } = await thaw(['convert', ...argv, '--json'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out) as ConvertReport
}

beforeAll(async () => {
  const model = await loadModel(fixture('keras3.keras'))
  writeFileSync(made('config.json'), JSON.stringify(model.serialize()))
})

test('what it prints', async () => {
  const out = made('printed.keras')
  const report = await thaw(['convert', golden('keras2_2.h5'), out])
  expect(report).toMatchObject({ code: 0, err: '' })
  const bytes = readFileSync(out).length.toLocaleString('en-US')
  expect(report.out).toMatch(
    /^.*keras2_2\.h5 \(whole model, Keras 2\.2\.4\)\n-> .*printed\.keras: \d+ layers, [\d,]+ parameters in \d+ weights, /,
  )
  expect(report.out).toContain(`, ${bytes} bytes\n`)
})

test('a file is converted in its own place', async () => {
  const file = made('same.h5')
  copyFileSync(golden('keras2_2.h5'), file)
  const { bytes } = await converted(file, file)
  expect(readFileSync(file).length).toBe(bytes)
  expect((await loadModel(file)).weights.length).toBeGreaterThan(0)
})

test('--kernels counts, whatever the file says: without Theano its paddings are ones that Keras 3 has', async () => {
  const file = golden('theano1.h5')
  const { code, err } = await thaw(['convert', file, made('theano.keras')])
  expect([code, err]).toEqual([1, expect.stringContaining('[conv1] padding must be same or valid to be saved')])
  const { variant } = await converted(file, made('theano.keras'), '--kernels', 'tensorflow')
  expect(variant).toBe('whole model, Keras 1.2.2')
})

test('what the classes are called, and which pictures are taken, is kept', async () => {
  const input = layers.input({ shape: [8, 8, 3] })
  const outputs = layers.dense({ units: 2 }).apply(layers.flatten().apply(input))
  const about = { classNames: ['cat', 'dog'], pictures: { interpolation: 'bilinear', preprocess: 'tf' } } as const
  await saveModel(new Model({ inputs: input, outputs, ...about }), made('about.h5'))
  await converted(made('about.h5'), made('about.keras'))
  const model = await loadModel(made('about.keras'))
  expect(model.classNames).toEqual(about.classNames)
  expect(model.pictures).toEqual({ ...about.pictures, size: [8, 8], colorMode: 'rgb' })
})

describe.skipIf(!there)('real Keras 3 loads what is written', () => {
  const device = useDevice()
  const ours = new Map<string, Float32Array>()

  beforeAll(async () => {
    mkdirSync(made('keras'))
    for (const [name, files] of Object.entries(FILES)) {
      const from = files()
      for (const kind of KINDS) {
        const report = await converted(...from, made(`keras/${name}.${kind}`))
        expect(report).toMatchObject({ from, bytes: readFileSync(made(`keras/${name}.${kind}`)).length })
      }
      using model = await loadModel(from.length === 1 ? from[0]! : from)
      await model.compile({ device: device() })
      const xs = recipeInputs(model, 2, 1 / 255)
      ours.set(name, (await model.predict(model.inputs.length > 1 ? xs : Object.values(xs)[0]!)).data as Float32Array)
    }
    const script = fileURLToPath(new URL('../golden/roundtrip.py', import.meta.url))
    const { status, stderr } = spawnSync(python, [script, made('keras')], { env, encoding: 'utf8' })
    expect([status, status === 0 ? '' : stderr]).toEqual([0, ''])
  }, 600_000)

  test.each(Object.keys(FILES))('%s', (name) => {
    const { equal, predictions } = JSON.parse(readFileSync(made(`keras/${name}.json`), 'utf8')) as {
      equal: Record<string, boolean>
      predictions: Record<string, number[]>
    }
    expect(equal).toEqual({ keras: true, h5: true, 'weights.h5': true })
    const y = ours.get(name)!
    for (const [kind, theirs] of Object.entries(predictions)) {
      const size = Math.max(1, theirs.reduce((sum, v) => sum + Math.abs(v), 0) / theirs.length)
      const far = theirs.filter((v, i) => !(Math.abs(v - y[i]!) <= 1e-5 * size))
      expect([kind, theirs.length, far]).toEqual([kind, y.length, []])
    }
  })
})

describe('what is refused', () => {
  const refused = async (...argv: string[]) => {
    const { code, out, err } = await thaw(['convert', ...argv])
    expect(out).toBe('')
    return { code, err }
  }

  test.each([
    [['a.h5'], 'thaw convert must be given FILE and OUT, got a.h5'],
    [[], 'thaw convert must be given FILE and OUT, got none'],
    [['a.h5', 'b.keras', '--kernels', 'torch'], '--kernels must be one of theano, tensorflow, got torch'],
    [['a.h5', 'b.txt'], 'OUT must end in .keras, .h5, .hdf5 or .weights.h5, got b.txt'],
  ])('%j', async (argv, message) => {
    const { code, err } = await refused(...argv)
    expect([code, err.includes(message)], err).toEqual([2, true])
  })

  test('weights without a config', async () => {
    const { code, err } = await refused(fixture('keras2_weights.h5'), made('x.keras'))
    expect(code).toBe(1)
    expect(err).toContain('[keras2_weights.h5] a model file must hold its config')
    expect(existsSync(made('x.keras'))).toBe(false)
  })

  test('a layer that Keras 3 does not have is named, and what was there stays', async () => {
    // As Keras 2 saved it: its hard sigmoid has another slope than that of Keras 3.
    const input = layers.input({ shape: [4] })
    const model = new Model({ inputs: input, outputs: layers.dense({ units: 2, activation: 'hardSigmoid', name: 'old' }).apply(input) })
    await saveModel(model, made('hard.h5'))
    const text = readFileSync(made('hard.h5')).toString('latin1')
    writeFileSync(made('hard.h5'), text.replaceAll('3.15.1', '2.15.1'), 'latin1')
    writeFileSync(made('out.keras'), 'what was there')
    const { code, err } = await refused(made('hard.h5'), made('out.keras'))
    expect(code).toBe(1)
    expect(err).toContain('[old] an activation must be one of Keras 3 to be saved, got hardSigmoidLegacy')
    expect(readFileSync(made('out.keras'), 'utf8')).toBe('what was there')
    expect(readdirSync(made('.')).filter((f) => f.endsWith('.part'))).toEqual([])
  })
})
