/** What a bundler makes of a page: little that it loads before it runs, and chunks that it loads later, which work together. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { layers } from '../../src/layers/index.ts'
import { Model } from '../../src/training/model.ts'
import { openGpu } from '../support/gpu.ts'
// @ts-expect-error plain JavaScript, which Node runs without a build
import * as bundle from '../../tools/bundle.mjs'
// @ts-expect-error plain JavaScript, which Node runs without a build
import { ARCHIVE as archive, PAGES as pages } from '../../tools/pages.mjs'

interface Chunk {
  readonly name: string
  readonly code: string
  readonly first: boolean
  readonly modules: readonly string[]
}

const { pageChunks, loadedWith } = bundle as {
  pageChunks: (code: string) => Promise<Chunk[]>
  loadedWith: (chunks: readonly Chunk[], modules: readonly string[]) => Chunk[]
}
const PAGES = pages as readonly { what: string; code: string; later?: readonly string[] }[]

/** Writes chunks where Node finds them. @returns the page's own */
async function written(folder: string, chunks: readonly Chunk[]): Promise<string> {
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  for (const { name, code } of chunks) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, code)
  }
  return pathToFileURL(join(folder, chunks[0]!.name)).href
}

test('a bundler leaves out what a page does not import', async () => {
  const chunks = await pageChunks("export { bytesSource } from 'thaw-webgpu'")
  expect(chunks.flatMap(({ modules }) => modules).sort()).toEqual(['errors.js', 'loaders/bytes/bytes.js', 'page.ts'])
})

test('a page that predicts asks for the reader and the engine at the same time', async () => {
  const chunks = await pageChunks(PAGES.find(({ what }) => what === 'predict with loadModel')!.code)
  const first = chunks.filter((chunk) => chunk.first)
  for (const file of ['models.js', 'engine.js']) {
    const { name } = chunks.find(({ modules }) => modules.includes(file))!
    expect(
      first.some(({ code }) => code.includes(name.replace('assets/', './'))),
      file,
    ).toBe(true)
  }
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
  let page = ''
  let chunks: Chunk[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thaw-page-'))
    chunks = await pageChunks(PAGE)
    page = await written(folder, chunks)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('loads neither training nor writers before it needs them', () => {
    const first = chunks.filter((chunk) => chunk.first).flatMap(({ modules }) => modules)
    const later = chunks.filter((chunk) => !chunk.first).flatMap(({ modules }) => modules)
    for (const module of [
      'training/fit.js',
      'graph/grad.js',
      'training/optimizers/adam.js',
      'loaders/hdf5/write.js',
      'loaders/hdf5/chunked.js',
    ]) {
      expect(first).not.toContain(module)
      expect(later).toContain(module)
    }
  })

  test('predicts, trains, saves and loads rare layers out of its chunks', async () => {
    const { run } = (await import(/* @vite-ignore */ page)) as {
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

/** Runs a page in a Node of its own, without one of its chunks, then with it. Vite tells `window` what does not come. */
const WITHOUT = `
  import { rename } from 'node:fs/promises'
  globalThis.window = new EventTarget()
  const [page, chunk] = process.argv.slice(2)
  await rename(chunk, 'away')
  const { run } = await import(page)
  const refusal = () => run().then(String, (error) => error.name + ' ' + error.code + ' ' + error.message)
  const without = await refusal()
  await rename('away', chunk)
  console.log(JSON.stringify([without, await refusal()]))`

describe('a chunk that does not come', () => {
  let folder = ''
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'thaw-page-'))))
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test.each([
    ['loadModel', 'models.js', 'loadModel(new Blob([]))', 'FileError'],
    ['createClassifier', 'models/classifier.js', 'createClassifier(new Blob([]), {})', 'FileError'],
    ['vgg16', 'models/vgg.js', 'vgg16({ weights: null, classes: 0 })', 'ArgumentError'],
    ['compile', 'engine.js', 'new Model({ inputs: input, outputs: input }).compile({})', 'ArgumentError'],
  ])('%s says so, and is asked for again', async (name, module, call, then) => {
    const code = `
      import { createClassifier, layers, loadModel, Model, vgg16 } from 'thaw-webgpu'
      const input = layers.input({ shape: [2] })
      export const run = async () => ${call}`
    const chunks = await pageChunks(code)
    const place = join(folder, name)
    await mkdir(place)
    const page = await written(place, chunks)
    await writeFile(join(place, 'run.js'), WITHOUT)
    const chunk = chunks.find(({ modules }) => modules.includes(module))!.name
    const { stdout } = await promisify(execFile)(process.execPath, ['run.js', page, chunk], { cwd: place })
    const [without, again] = JSON.parse(stdout) as [string, string]
    expect(without).toMatch(
      /^ThawError engine \[thaw\] the engine must load \(check the network, try again or load the page again\), got Error.*: Cannot find/,
    )
    expect(again).toMatch(new RegExp(`^${then}`))
  })
})

test('what trains is asked for at the same time as the engine', async () => {
  const code =
    "import { layers, Model } from 'thaw-webgpu'; export const make = (x) => new Model({ inputs: x, outputs: x }).compile({ loss: x })"
  const chunks = await pageChunks(code)
  const first = chunks.filter((chunk) => chunk.first)
  for (const module of ['engine.js', 'training/trainer.js']) {
    const { name } = chunks.find(({ modules }) => modules.includes(module))!
    expect(
      first.some((chunk) => chunk.code.includes(name.replace('assets/', './'))),
      module,
    ).toBe(true)
  }
})

/** What the networks of Keras Applications are made of: convolutions, batch normalisation, a shortcut, pools, a classifier. */
function residual(): Model {
  const input = layers.input({ shape: [9, 9, 3] })
  let x = layers.zeroPadding2d({ padding: 1 }).apply(input)
  x = layers.conv2d({ filters: 4, kernelSize: 3, strides: 2 }).apply(x)
  x = layers.activation({ activation: 'relu' }).apply(layers.batchNormalization().apply(x))
  x = layers.maxPooling2d({ poolSize: 2, strides: 2 }).apply(x)
  const y = layers.batchNormalization().apply(layers.conv2d({ filters: 4, kernelSize: 1 }).apply(x))
  x = layers.activation({ activation: 'relu' }).apply(layers.add().apply([x, y]))
  x = layers.globalAveragePooling2d().apply(x)
  return new Model({ inputs: input, outputs: layers.dense({ units: 3, activation: 'softmax' }).apply(x) })
}

/** As VGG ends: flattened, with dropout between large layers. */
function plain(): Model {
  const input = layers.input({ shape: [8, 8, 3] })
  let x = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }).apply(input)
  x = layers.flatten().apply(layers.maxPooling2d().apply(x))
  x = layers.dropout({ rate: 0.5 }).apply(layers.dense({ units: 8, activation: 'relu' }).apply(x))
  return new Model({ inputs: input, outputs: layers.dense({ units: 3, activation: 'softmax' }).apply(x) })
}

describe('until its first answer a page loads what the size gate counts', () => {
  const loaded = new Set<string>()
  let folder = ''

  beforeAll(async () => {
    vi.stubGlobal('navigator', { gpu: await openGpu() })
    vi.stubGlobal('thawLoaded', loaded)
    folder = await mkdtemp(join(tmpdir(), 'thaw-page-'))
  })
  afterAll(() => {
    vi.unstubAllGlobals()
    return rm(folder, { recursive: true, force: true })
  })

  /** Runs a page anew. @returns names of the chunks that it should have loaded, and of those that it has */
  async function ran<R>(what: string, place: string, format: 'keras' | 'h5', run: (page: R) => Promise<unknown>) {
    const { code, later = [] } = PAGES.find((page) => page.what === what)!
    const chunks = await pageChunks(code)
    const telling = chunks.map((chunk) => ({ ...chunk, code: `thawLoaded.add(${JSON.stringify(chunk.name)});${chunk.code}` }))
    await mkdir(join(folder, place))
    const page = await written(join(folder, place), telling)
    loaded.clear()
    await run((await import(/* @vite-ignore */ page)) as R)
    const names = (of: readonly Chunk[]) => of.map(({ modules }) => modules.join(' ')).sort()
    return {
      counted: names(loadedWith(chunks, format === 'h5' ? later.filter((module) => module !== archive) : later)),
      actual: names(chunks.filter(({ name }) => loaded.has(name))),
    }
  }

  test.each([
    ['a residual network, .keras', residual, 'keras'],
    ['a residual network, .h5', residual, 'h5'],
    ['a plain network, .keras', plain, 'keras'],
    ['a plain network, .h5', plain, 'h5'],
  ] as const)('predict with loadModel: %s', async (name, make, format) => {
    const model = make()
    const [, H, W, C] = model.input.shape as [null, number, number, number]
    const x = { shape: [1, H, W, C], data: Float32Array.from({ length: H * W * C }, (_, i) => Math.sin(i)) }
    const file = await model.save(format).blob()
    const { counted, actual } = await ran<{ scores: (file: Blob, x: Tensor) => Promise<Tensor> }>(
      'predict with loadModel',
      name,
      format,
      async ({ scores }) => expect((await scores(file, x)).shape).toEqual([1, 3]),
    )
    expect(actual).toEqual(counted)
  })

  test("README's picture and its class", async () => {
    const file = await residual().save().blob()
    const pixels = { width: 9, height: 9, data: new Uint8ClampedArray(4 * 81).fill(100) }
    const { counted, actual } = await ran<{ whatIsIt: (...given: unknown[]) => Promise<{ className: string }[]> }>(
      "README's picture and its class",
      'classifier',
      'keras',
      async ({ whatIsIt }) => expect(await whatIsIt(file, ['cat', 'dog', 'bird'], pixels)).toHaveLength(3),
    )
    expect(actual).toEqual(counted)
  })
})
