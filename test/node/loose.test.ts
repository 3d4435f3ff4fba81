/**
 * Configs beside weights, archives of Windows, and bilinear upsampling of each age: small models that each Keras itself wrote and computed
 * (test/golden/make_loose.py). Their layers have running numbers, two of them one shape.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bytesSource, type ByteSource } from '../../src/loaders/bytes/bytes.ts'
import type { LoadReport } from '../../src/loaders/keras/load_weights.ts'
import { loadModel, type LoadModelOptions } from '../../src/models/load_model.ts'
import { dialectByForm } from '../../src/models/dialect.ts'
import dialects from '../golden/models/dialects.json' with { type: 'json' }
import outputs from '../golden/loose/outputs.json' with { type: 'json' }
import { useDevice } from '../support/device.ts'
import { recipeImage } from '../support/recipe.ts'

const device = useDevice()

const bytes = (name: string) => new Uint8Array(readFileSync(new URL(`../golden/loose/${name}`, import.meta.url)))
const file = (name: string) => bytesSource(bytes(name), name)
const text = (name: string, content: string) => bytesSource(new TextEncoder().encode(content), name)
const json = (name: string) => new TextDecoder().decode(bytes(name))

type Version = keyof typeof outputs

/** Loads and compares with Keras: sums of up to 27 products of numbers below 1, and a dense layer of 27 more. @returns the report's kind of file */
async function expectOutput(version: Version, given: readonly ByteSource[], options: LoadModelOptions = {}): Promise<string> {
  const reports: LoadReport[] = []
  using model = await loadModel(given, { ...options, onReport: (r) => reports.push(r) })
  expect([reports[0]!.loaded.length, reports[0]!.unusedFiles, reports[0]!.unusedInFile]).toEqual([model.weights.length, [], []])
  await model.compile({ device: device() })
  const y = await model.predict(recipeImage([4, 5, 3], 1 / 256))
  const { shape, values } = outputs[version]
  expect(y.shape).toEqual(shape)
  values.forEach((v, i) => expect(Math.abs(y.data[i]! - v)).toBeLessThan(1e-5))
  return reports[0]!.variant
}

const OLDER = ['2.2.4', '2.2.4-tf', '2.3.1', '2.13.1', '2.15.0'] as const

describe.each(OLDER)('Keras %s', (version) => {
  test('to_json beside legacy weights, also as JSON in JSON', async () => {
    await expectOutput(version, [file(`${version}.json`), file(`${version}.h5`)])
    const again = JSON.stringify(JSON.stringify(JSON.parse(json(`${version}.json`))))
    await expectOutput(version, [text('model.json', again), file(`${version}.h5`)])
  })

  test('get_config alone beside the weights, whose version holds for it', async () => {
    await expectOutput(version, [file(`${version}.config.json`), file(`${version}.h5`)])
  })

  test('weights whose layers have other numbers are read by order, which the report says', async () => {
    const variant = await expectOutput(version, [file(`${version}.json`), file(`${version}.numbers.h5`)])
    expect(variant).toContain(', by order, since its layers have other names')
  })
})

describe.each(['2.13.1', '2.15.0', '3.15.1'] as const)('Keras %s', (version) => {
  test('to_json or get_config beside .weights.h5', async () => {
    for (const config of ['.json', '.config.json']) {
      const options = config === '.config.json' && version !== '3.15.1' ? { kerasVersion: version } : {}
      await expectOutput(version, [file(version + config), file(`${version}.weights.h5`)], options)
    }
  })
})

test('names with backslashes, as Windows made them', async () => {
  await expectOutput('2.13.1', [file('2.13.1.json'), file('2.13.1.windows.weights.h5')])
})

describe('what nothing tells is asked for', () => {
  test('which Keras 2 wrote a bilinear UpSampling2D', async () => {
    const given = [file('2.15.0.config.json'), file('2.15.0.weights.h5')]
    await expect(loadModel(given)).rejects.toThrow(
      "[up_sampling2d] the option kerasVersion must say which Keras 2 wrote interpolation bilinear, such as '2.2.4', '2.2.4-tf' or '2.15', got none",
    )
  })
  test('which Keras wrote a config', async () => {
    const layers = [{ class_name: 'Dense', config: { name: 'd', units: 2, activation: 'hard_sigmoid' } }]
    const bare = text('model.json', JSON.stringify({ class_name: 'Sequential', config: { name: 's', layers } }))
    const weights = file('3.15.1.weights.h5')
    await expect(loadModel([bare, weights])).rejects.toThrow(
      "[3.15.1.weights.h5] the option kerasVersion must say which Keras wrote the config, such as '2.2.4' or '3.0', since the config does not, got none",
    )
    await expect(loadModel([bare, weights], { kerasVersion: 'three' })).rejects.toThrow(
      '[kerasVersion] a version of Keras must be one such as 2.2.4, got "three"',
    )
  })
  test('one config of two', async () => {
    const both = [file('2.2.4.json'), file('2.3.1.json'), file('2.2.4.h5')]
    await expect(loadModel(both)).rejects.toThrow('[loadModel] one config must be given, got 2.2.4.json and 2.3.1.json')
  })
})

test('layers of other numbers in another order are no match', async () => {
  const config = json('2.2.4.json').replaceAll('conv2d_1', 'x').replaceAll('conv2d_2', 'conv2d_1').replaceAll('"x"', '"conv2d_9"')
  await expect(loadModel([text('model.json', config), file('2.2.4.h5')])).resolves.toBeDefined() // numbers alone
  const other = json('2.2.4.json').replaceAll('conv2d_1', 'batch_normalization_9')
  await expect(loadModel([text('model.json', other), file('2.2.4.h5')])).rejects.toThrow('must be in the file')
})

test('what samples by corners is not saved as if it did not', async () => {
  const model = await loadModel([file('2.2.4.json'), file('2.2.4.h5')])
  expect(() => model.getLayer('up_sampling2d_1').getConfig()).toThrow(
    '[up_sampling2d_1] an interpolation must be one of Keras to be saved, got bilinearLegacy',
  )
})

describe('the form of a config tells its dialect', () => {
  const cases = dialects.flatMap(({ name, configs }) =>
    Object.entries(configs).map(([version, { config }]) => ({ name, version, config: config as { config: unknown } })),
  )
  test.each(cases)('Keras $version: $name', ({ version, config }) => {
    const told = dialectByForm(config)
    expect(told).toBe(Number(version[0]))
  })
})
