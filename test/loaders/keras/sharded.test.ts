/** Weights in shards, as real Keras 3 wrote them; and other files of one folder given together. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { ArgumentError, FileError } from '../../../src/errors.ts'
import { layers } from '../../../src/layers/index.ts'
import { bytesSource, type ByteSource } from '../../../src/loaders/bytes/bytes.ts'
import { sizeOf } from '../../../src/shape.ts'
import { Model } from '../../../src/training/model.ts'
import { recipeValues } from '../../support/recipe.ts'
import { keras, source } from '../files.ts'

const LIST = 'keras3_sharded.weights.json'
const SHARDS = [0, 1, 2].map((i) => `keras3_sharded_0000${i}.weights.h5`)

function small(): Model {
  const input = layers.input({ shape: [8, 8, 3] })
  let x = layers.conv2d({ filters: 4, kernelSize: 3, name: 'conv1' }).apply(input)
  x = layers.batchNormalization({ scale: false, name: 'bn1' }).apply(x)
  return new Model({ inputs: input, outputs: layers.dense({ units: 5, name: 'predictions' }).apply(layers.flatten().apply(x)) })
}

async function expectRecipe(model: Model): Promise<void> {
  for (const w of model.weights) {
    expect(await w.source.read(0, sizeOf(w.shape)), w.path).toEqual(recipeValues(w.layer, w.name, w.shape))
  }
}

const json = (content: unknown): ByteSource => bytesSource(new TextEncoder().encode(JSON.stringify(content)), LIST)

test('all files at once, in any order; a layer whose weights lie in two shards', async () => {
  const files = [SHARDS[2]!, LIST, SHARDS[0]!, SHARDS[1]!]
  for (const inputs of [files.map(source), files.map((name) => new File([keras(name)], name))]) {
    const model = small()
    const seen: number[] = []
    const report = await model.loadWeights(inputs, { onProgress: (p) => seen.push(p.loadedBytes) })
    expect(report.variant).toBe('Keras 3 weights, with layer names, in 3 shards')
    expect(report.loaded.length).toBe(7)
    expect([...seen].sort((a, b) => a - b)).toEqual(seen)
    await expectRecipe(model)
  }
})

test('by URL, with the shards from the same folder', async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url!)
    response.end(keras(request.url!.replace(/^\/folder\//, '').replace(/\?.*/, '')))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const model = small()
    await model.loadWeights(`http://127.0.0.1:${(server.address() as AddressInfo).port}/folder/${LIST}?token=1`)
    await expectRecipe(model)
    expect(asked).toEqual([LIST, ...SHARDS].map((name) => `/folder/${name}?token=1`))
  } finally {
    server.close()
  }
})

test('a weight file with the other files of its folder', async () => {
  const config = bytesSource(new TextEncoder().encode('{"class_name": "Functional"}'), 'config.json')
  const model = small()
  await model.loadWeights([config, source('keras3.weights.h5')])
  await expectRecipe(model)
})

describe('what is refused', () => {
  const refused = async (input: Parameters<Model['loadWeights']>[0]) =>
    small()
      .loadWeights(input)
      .catch((e: unknown) => e as FileError)
  test.each([
    ['the list alone', () => source(LIST), 'not-found', `the shards must be given with the list of them, got none of ${SHARDS.join(', ')}`],
    ['a missing shard', () => [LIST, SHARDS[0]!].map(source), 'not-found', `its shard ${SHARDS[1]} must be among the files given`],
    ['a path', () => json({ weight_map: { x: '../secret' } }), 'corrupt', 'must name 1 to 10000 files of the same folder, got "../secret"'],
    ['a number', () => json({ weight_map: { x: [1] } }), 'corrupt', 'got 1'],
    ['no names', () => json({ weight_map: {} }), 'corrupt', 'got 0 of them'],
    ['broken JSON', () => bytesSource(new TextEncoder().encode('{"weight_map"'), LIST), 'corrupt', 'must be whole JSON'],
    ['other JSON', () => json({ class_name: 'Functional' }), 'not-hdf5', "got a model's config without weights"],
    [
      'a shard of another kind',
      () => [json({ weight_map: { x: 'not_keras.h5' } }), source('not_keras.h5')],
      'not-keras',
      'must hold layers',
    ],
  ] as const)('%s', async (_name, input, code, message) => {
    const error = await refused(input())
    expect(error).toBeInstanceOf(FileError)
    expect(error).toMatchObject({ code })
    expect((error as FileError).message).toContain(message)
  })
  test('weights that are in two shards', async () => {
    const twice = [
      json({ weight_map: { x: ['a.h5', 'b.h5'] } }),
      ...['a.h5', 'b.h5'].map((n) => bytesSource(keras('keras3.weights.h5'), n)),
    ]
    expect(await refused(twice)).toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('must be in one shard, got it in a.h5 and b.h5') as string,
    })
  })
  test('several files of which none is meant', async () => {
    expect(await refused([])).toBeInstanceOf(ArgumentError)
    expect(await refused(SHARDS.map(source))).toBeInstanceOf(ArgumentError)
  })
})
