/** What a bundler makes of a page: little that it loads before it runs, and chunks that it loads later, which work together. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openGpu } from '../support/gpu.ts'
// @ts-expect-error plain JavaScript, which Node runs without a build
import * as bundle from '../../tools/bundle.mjs'

interface Chunk {
  readonly name: string
  readonly code: string
  readonly first: boolean
  readonly modules: readonly string[]
}

const { pageChunks } = bundle as { pageChunks: (code: string) => Promise<Chunk[]> }

test('a bundler leaves out what a page does not import', async () => {
  const chunks = await pageChunks("export { bytesSource } from 'thaw-webgpu'")
  expect(chunks.flatMap(({ modules }) => modules).sort()).toEqual(['src/errors.ts', 'src/loaders/bytes/bytes.ts', 'src/page.ts'])
})

/** Makes a model, saves it, loads it, trains it a little and predicts with it, before and after. */
const PAGE = `
  import { layers, loadModel, Model, openDevice } from 'thaw-webgpu'
  export async function run(gpu) {
    const input = layers.input({ shape: [6, 5, 3] })
    let y = layers.randomFlip().apply(input)
    y = layers.separableConv2d({ filters: 4, kernelSize: 3, activation: 'relu' }).apply(y)
    y = layers.layerNormalization().apply(y)
    y = layers.globalAveragePooling2d().apply(y)
    const made = new Model({ inputs: input, outputs: layers.dense({ units: 2, activation: 'softmax' }).apply(layers.gaussianNoise({ stddev: 0.1 }).apply(y)) })
    const file = await made.save().blob()
    return load(gpu, file)
  }
  async function load(gpu, file) {
    const device = await openDevice({ gpu })
    const model = await loadModel(file)
    const x = { shape: [4, 6, 5, 3], data: Float32Array.from({ length: 360 }, (_, i) => Math.sin(i)) }
    await model.compile({ device })
    const before = await model.predict(x)
    await model.compile({ device, optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
    const { epochs } = await model.fit({ x, y: [0, 1, 0, 1] }, { epochs: 2, batchSize: 2 })
    const logs = await model.evaluate({ x, y: [0, 1, 0, 1] })
    const again = await loadModel(await model.save('h5').blob())
    await again.compile({ device })
    const [after, reloaded] = [await model.predict(x), await again.predict(x)]
    model.dispose()
    again.dispose()
    device.dispose()
    return { before, after, reloaded, epochs: epochs.length, loss: logs.loss }
  }`

interface Tensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

interface Result {
  readonly before: Tensor
  readonly after: Tensor
  readonly reloaded: Tensor
  readonly epochs: number
  readonly loss: number
}

describe('a page that is bundled', () => {
  let folder = ''
  let chunks: Chunk[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thaw-page-'))
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
    chunks = await pageChunks(PAGE)
    for (const { name, code } of chunks) {
      const path = join(folder, name)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, code)
    }
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('loads neither training nor writers before it needs them', () => {
    const first = chunks.filter((chunk) => chunk.first).flatMap(({ modules }) => modules)
    const later = chunks.filter((chunk) => !chunk.first).flatMap(({ modules }) => modules)
    for (const module of [
      'training/fit.ts',
      'graph/grad.ts',
      'training/optimizers/adam.ts',
      'loaders/hdf5/write.ts',
      'loaders/hdf5/chunked.ts',
    ]) {
      expect(first).not.toContain(`src/${module}`)
      expect(later).toContain(`src/${module}`)
    }
  })

  test('predicts, trains, saves and loads rare layers out of its chunks', async () => {
    const { run } = (await import(/* @vite-ignore */ pathToFileURL(join(folder, chunks[0]!.name)).href)) as {
      run: (gpu: GPU) => Promise<Result>
    }
    const { before, after, reloaded, epochs, loss } = await run(await openGpu())
    expect(before.shape).toEqual([4, 2])
    for (const row of [0, 1, 2, 3]) expect(before.data[2 * row]! + before.data[2 * row + 1]!).toBeCloseTo(1, 5)
    expect(epochs).toBe(2)
    expect(loss).toBeGreaterThan(0)
    expect(after.data).not.toEqual(before.data)
    expect(reloaded).toEqual(after)
  })
})
