/** TensorFlow.js layers models (test/golden/make_tfjs.py, make_tfjs.mjs): what is read of them from wherever they are, and what is refused. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { FileError } from '../../../src/errors.ts'
import { bytesSource, joinedSource } from '../../../src/loaders/bytes/bytes.ts'
import { openKerasWeights } from '../../../src/loaders/keras/keras.ts'
import type { LoadReport, WeightsInput } from '../../../src/loaders/keras/load_weights.ts'
import { loadModel } from '../../../src/node.ts'
import { sizeOf } from '../../../src/shape.ts'
import type { Model } from '../../../src/training/model.ts'
import ownOutputs from '../../golden/models/tfjs/own/outputs.json' with { type: 'json' }
import { recipeValues } from '../../support/recipe.ts'
import { archive } from '../../support/zip.ts'

const folder = new URL('../../golden/models/tfjs/', import.meta.url)

/** Of the model that TensorFlow.js saved itself. */
const CLASSES = ownOutputs.shape.at(-1)!
const bytes = (path: string) => new Uint8Array(readFileSync(new URL(path, folder)))
const SHARDS = [1, 2, 3, 4, 5].map((i) => `group1-shard${i}of5.bin`)
const files = ['model.json', ...SHARDS].map((name) => new File([bytes(`floats/${name}`)], name))

async function expectRecipe(model: Model): Promise<void> {
  expect(model.weights.length).toBe(11)
  for (const w of model.weights) {
    const name = w.layer === 'depthwise' ? 'depthwise_kernel' : w.name
    expect(await w.source.read(0, sizeOf(w.shape)), w.path).toEqual(recipeValues(w.layer, name, w.shape))
  }
}

describe('a model.json and the files beside it', () => {
  const packed = (names: readonly string[], method: number) =>
    archive(names.map((name) => ({ name: `my_model/${name}`, data: bytes(`floats/${name}`), method })))
  test.each<[string, () => WeightsInput]>([
    ['as files that were picked, in any order', () => [...files].reverse()],
    ['among others', () => [new File(['{"tfjsVersion": "4.22.0"}'], 'metadata.json'), ...files]],
    ['by the path', () => fileURLToPath(new URL('floats/model.json', folder))],
    ['by the path of its folder', () => fileURLToPath(new URL('floats', folder))],
    ['by the URL of its folder', () => new URL('floats/', folder)],
    ['in an archive', () => packed(['model.json', ...SHARDS], 0)],
    ['in an archive that is packed', () => packed(['model.json', ...SHARDS], 8)],
  ])('%s', async (_name, input) => {
    const reports: LoadReport[] = []
    const model = await loadModel(input(), { onReport: (r) => reports.push(r) })
    expect(reports[0]).toMatchObject({ variant: 'TensorFlow.js layers model, keras v2.15.0', skipped: [], unusedInFile: [] })
    await expectRecipe(model)
    await model.loadWeights(files)
    await expectRecipe(model)
  })

  test('by URL, with the files from the same folder', async () => {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url!)
      response.end(bytes(`floats${request.url!}`))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      await expectRecipe(await loadModel(`http://127.0.0.1:${(server.address() as AddressInfo).port}/model.json`))
      expect([...asked].sort()).toEqual([...SHARDS, 'model.json'].map((name) => `/${name}`))
    } finally {
      server.close()
    }
  })
})

test.each([
  ['uint8', 'quantized to uint8', 255],
  ['uint16', 'quantized to uint16', 65535],
  ['float16', 'quantized to float16', 1024],
])('%s values are what TensorFlow.js makes of them', async (name, what, steps) => {
  const source = bytesSource(bytes(`${name}/model.json`), 'model.json')
  const file = await openKerasWeights(source, { sibling: (other) => Promise.resolve(bytesSource(bytes(`${name}/${other}`), other)) })
  expect(file.variant).toBe(`TensorFlow.js layers model, keras v2.15.0, ${what}`)
  const manifest = JSON.parse(new TextDecoder().decode(bytes(`${name}/model.json`))) as {
    weightsManifest: { weights: { name: string; quantization: { scale?: number; min?: number } }[] }[]
  }
  const described = new Map(manifest.weightsManifest.flatMap((g) => g.weights).map((w) => [w.name, w.quantization]))
  for (const { name: layer, weights } of file.layers) {
    for (const { name: weight, source: stored } of weights) {
      const values = await stored.read(0, sizeOf(stored.shape))
      const expected = recipeValues(layer, layer === 'depthwise' ? 'depthwise_kernel' : weight, stored.shape)
      const { scale, min } = described.get(stored.path)!
      // Half a step of the quantization (float16: of the value), and rounding to f32.
      values.forEach((v, i) => {
        const step = scale ?? Math.abs(expected[i]!) / steps
        expect(Math.abs(v - expected[i]!), stored.path).toBeLessThanOrEqual(0.5001 * step + 2 ** -24 + 2 ** -23 * Math.abs(v))
        if (scale !== undefined) expect(Math.fround(Math.round((v - min!) / scale) * scale + min!)).toBe(v)
      })
      // A part is what the whole has there.
      expect(await stored.read(1, sizeOf(stored.shape))).toEqual(values.slice(1))
    }
  }
})

test.each([
  ['dense_5', 'dense_1_4'],
  ['dense_2_1', 'dense_1'], // one of the config's names, and one with another number
])('weights of a model that was saved again: %s and %s', async (...names) => {
  const dense = (name: string, units: number, extra = {}) => ({ class_name: 'Dense', config: { name, units, ...extra } })
  const layers = [dense(names[0] === 'dense_5' ? 'dense' : 'dense_2', 2, { batch_input_shape: [null, 3] }), dense('dense_1', 2)]
  const shapes = { kernel: [[3, 2], [2, 2]], bias: [[2], [2]] } // prettier-ignore
  const weights = names.flatMap((name, i) =>
    (['kernel', 'bias'] as const).map((weight) => ({ name: `${name}/${weight}`, shape: shapes[weight][i]!, dtype: 'float32' })),
  )
  const model_config = { class_name: 'Sequential', config: { name: 's', layers } }
  const modelTopology = { keras_version: '2.3.0-tf', backend: 'tensorflow', model_config }
  const json = JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest: [{ paths: ['w.bin'], weights }] })
  const values = Float32Array.from({ length: 14 }, (_, i) => i)
  const model = await loadModel([new File([json], 'model.json'), new File([values], 'w.bin')])
  const read = await Promise.all(model.weights.map((w) => w.source.read(0, sizeOf(w.shape))))
  expect(read.flatMap((part) => [...part])).toEqual([...values])
})

test('sources that follow each other are read as one', async () => {
  const all = Uint8Array.from({ length: 20 }, (_, i) => i)
  const parts = [0, 7, 7, 8, 20].map((at, i, ends) => bytesSource(all.subarray(i ? ends[i - 1] : 0, at), `part ${i}`))
  const source = joinedSource(parts, 'all')
  expect(source.size).toBe(20)
  for (let begin = 0; begin <= 20; begin++) {
    for (let end = begin; end <= 20; end++) expect(await source.read(begin, end - begin)).toEqual(all.slice(begin, end))
  }
  await expect(source.read(15, 6)).rejects.toMatchObject({ code: 'truncated' })
})

describe('what is refused', () => {
  const model = JSON.parse(new TextDecoder().decode(bytes('own/model.json'))) as Record<string, unknown>
  const given = (changed: Record<string, unknown>) => [
    new File([JSON.stringify({ ...model, ...changed })], 'model.json'),
    new File([bytes('own/model.weights.bin')], 'model.weights.bin'),
  ]
  const weight = (changed: Record<string, unknown>) =>
    given({
      weightsManifest: [{ paths: ['model.weights.bin'], weights: [{ name: 'a/kernel', shape: [1], dtype: 'float32', ...changed }] }],
    })
  const path = (name: unknown) => given({ weightsManifest: [{ paths: [name], weights: [] }] })
  test.each<[string, () => WeightsInput, string, string]>([
    ['a model.json alone', () => files[0]!, 'not-found', 'must be given with the model.json, got none of group1-shard1of5.bin'],
    ['a missing file', () => files.slice(0, 3), 'not-found', 'its shard group1-shard3of5.bin must be among the files given'],
    [
      'a graph model',
      () => given({ format: 'graph-model' }),
      'unsupported',
      'tfjs_layers_model, or load its Keras file), got a graph model',
    ],
    ['a graph without a format', () => given({ format: undefined, modelTopology: { node: [] } }), 'unsupported', 'got a graph model'],
    ['no config', () => given({ modelTopology: null }), 'corrupt', 'modelTopology must be an object, got null'],
    ['no list of weights', () => given({ weightsManifest: {} }), 'corrupt', 'weightsManifest must be a list, got {}'],
    ['a group of nothing', () => given({ weightsManifest: [null] }), 'corrupt', 'weightsManifest must list paths and weights'],
    ['a path', () => path('../secret'), 'corrupt', 'must lie beside the model.json, got "../secret"'],
    ['a path that is a number', () => path(1), 'corrupt', 'must lie beside the model.json, got 1'],
    ['no name', () => weight({ name: 1 }), 'corrupt', 'a weight must have a name'],
    ['a negative size', () => weight({ shape: [-1] }), 'corrupt', 'the shape of a/kernel must be a list of sizes, got [-1]'],
    ['more than there can be', () => weight({ shape: [2 ** 40, 2 ** 40] }), 'corrupt', 'must be a list of sizes'],
    ['more than there is', () => weight({ shape: [160] }), 'truncated', 'must have 640 bytes to hold a/kernel, got 636'],
    ['texts', () => weight({ dtype: 'string' }), 'unsupported', 'got "string"'],
    ['a type by an inherited name', () => weight({ dtype: 'constructor' }), 'unsupported', 'got "constructor"'],
    ['a quantization without a scale', () => weight({ quantization: { dtype: 'uint8' } }), 'corrupt', 'must have a scale and a min'],
    ['JSON that ends early', () => new Uint8Array([...Buffer.from('{"modelTopology": {')]), 'corrupt', 'must be whole JSON'],
    [
      'an archive without its weights',
      () => archive([{ name: 'model.json', data: bytes('own/model.json') }]),
      'not-found',
      'the archive must hold model.weights.bin, which model.json names, got model.json',
    ],
  ])('%s', async (_name, input, code, message) => {
    const error = await loadModel(input()).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(FileError)
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) as string })
  })
})

describe('what Teachable Machine says beside a model', () => {
  const own = (name: string) => bytes(`own/${name}`)
  const labels = ['cat', 'dog', 'owl', 'yak', 'emu', 'ant'].slice(0, CLASSES)
  const metadata = JSON.stringify({ tfjsVersion: '1.3.1', tmVersion: '2.4.5', labels, imageSize: 224 })
  const members = (text: string) => [
    { name: 'model.json', data: own('model.json') },
    { name: 'model.weights.bin', data: own('model.weights.bin') },
    { name: 'metadata.json', data: new TextEncoder().encode(text) },
  ]
  const picked = (text: string) => members(text).map(({ name, data }) => new File([data], name))

  test('in an archive, or picked with it', async () => {
    for (const input of [archive(members(metadata).map((m) => ({ ...m, method: 8 }))), picked(metadata)])
      expect(await loadModel(input)).toMatchObject({ classNames: labels })
  })

  test('at a URL; where there is none, nothing is said', async () => {
    for (const [given, names] of [
      [metadata, labels],
      [undefined, undefined],
    ] as const) {
      // prettier-ignore
      const server = createServer((request, response) => {
        const found = members(given ?? '').find(({ name }) => request.url === `/${name}`)
        if (found && (given || found.name !== 'metadata.json')) response.end(found.data)
        else response.writeHead(404).end()
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      try {
        const model = await loadModel(`http://127.0.0.1:${(server.address() as AddressInfo).port}/model.json`)
        expect(model.classNames).toEqual(names)
      } finally {
        server.close()
      }
    }
  })

  test("another file of that name says nothing; and names of other classes are another model's", async () => {
    for (const text of ['{"labels": 7}', 'no JSON', '[]', '{"labels": ["a"]}', '{"labels": "abcdef"}'])
      expect((await loadModel(picked(text))).classNames).toBeUndefined()
  })
})
