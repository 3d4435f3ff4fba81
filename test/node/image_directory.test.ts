/** Folders of pictures as datasets: files, orders, splits, labels and values of Keras; what cannot be used is refused by name. */
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { serialize } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { Batch, Dataset } from '../../src/dataset.ts'
import { ArgumentError, DataError, FileError } from '../../src/errors.ts'
import { datasetOf, settingsOf, type Decoding } from '../../src/loaders/images/image_dataset.ts'
import type { PictureSource } from '../../src/node/decode_picture.ts'
import { decoding } from '../../src/node/decode_pool.ts'
import { imageDataset, imageDatasetFromDirectory, type ImageDirectoryOptions } from '../../src/node/image_directory.ts'
import { layers, loadModel, Model, openDevice } from '../../src/node.ts'
import type { Tensor } from '../../src/tensor.ts'
import { ahead } from '../../src/training/ahead.ts'
import golden from '../golden/images/dataset.json' with { type: 'json' }
import jpegs from '../golden/images/jpeg.json' with { type: 'json' }
import { folderOf, noisePng } from '../support/picture_folder.ts'
import { fromBase64 } from '../support/pictures.ts'

const folders: string[] = []
function folder(files: Readonly<Record<string, Uint8Array | string>>): string {
  const root = folderOf(files)
  folders.push(root)
  return root
}
afterAll(() => folders.forEach((root) => rmSync(root, { recursive: true })))

const pictures = Object.entries(golden.pictures).map(([path, [h, w, seed]]) => [path, noisePng(h!, w!, seed!)] as const)
const others = golden.other.map((path) => [path, path.endsWith('.txt') ? 'no picture' : noisePng(2, 2, 99)] as const)
const root = folder(Object.fromEntries([...pictures, ...others]))

/** `class_names` -> `classNames` */
function camelCase(options: object): Omit<ImageDirectoryOptions, 'subset'> {
  return Object.fromEntries(
    Object.entries(options).map(([key, v]) => [key.replace(/_(.)/g, (_, c: string) => c.toUpperCase()), v as unknown]),
  )
}

interface Side {
  readonly files: string[]
  readonly class_names: string[]
  readonly y?: number[]
  readonly shape?: number[]
}

const plain = { epoch: 0, seed: 0, batchSize: 4, shuffle: false, signal: undefined }

async function all(dataset: Dataset, options: object = {}): Promise<Batch[]> {
  const found: Batch[] = []
  for await (const batch of dataset.batches({ ...plain, ...options })) found.push(batch as Batch)
  return found
}

const joined = (tensors: readonly Tensor[]) => tensors.flatMap((t) => [...t.data])

describe('as Keras', () => {
  test.each(golden.lists)('lists and labels: $options', async ({ options, sides }) => {
    const made = (await imageDatasetFromDirectory(root, { imageSize: [8, 8], ...camelCase(options) } as object)) as unknown
    const datasets = (Array.isArray(made) ? made : [made]) as Awaited<ReturnType<typeof imageDatasetFromDirectory>>[]
    expect(datasets.length).toBe(sides.length)
    for (const [i, { files, class_names, y, shape }] of (sides as Side[]).entries()) {
      const dataset = datasets[i]!
      expect(dataset.filePaths).toEqual(files)
      expect(dataset.count).toBe(files.length)
      expect(dataset.classNames).toEqual(class_names)
      if (!y || !shape) continue
      const ys = (await all(dataset)).map(({ y }) => y as Tensor | Uint32Array)
      expect(ys.flatMap((t) => [...(t instanceof Uint32Array ? t : t.data)])).toEqual(y)
      expect([files.length, ...(ys[0] instanceof Uint32Array ? [] : ys[0]!.shape.slice(1))]).toEqual(shape)
    }
  })

  test.each(golden.values)('values: $options', async ({ options, shape, sample, sum }) => {
    const given = { ...camelCase(options), shuffle: false, labels: null }
    const floats = await imageDatasetFromDirectory(root, { ...given, dtype: 'float32' })
    const batches = await all(floats)
    expect(batches.every(({ y }) => y === undefined)).toBe(true)
    const values = joined(batches.map(({ x }) => x as Tensor))
    expect([floats.count, ...(batches[0]!.x as Tensor).shape.slice(1)]).toEqual(shape)
    const wanted = new Float32Array(fromBase64(sample).buffer)
    expect(Float32Array.from(values.filter((_, i) => i % 37 === 0))).toEqual(wanted)
    expect(values.reduce((total, v) => total + v, 0)).toBe(sum)
    const bytes = joined((await all(await imageDatasetFromDirectory(root, given))).map(({ x }) => x as Tensor))
    expect(bytes).toEqual(values.map((v) => Math.floor(v + 0.5)))
  })

  test.each(golden.values)('predict resizes as the dataset says: $options', async ({ options, shape }) => {
    const dataset = await imageDatasetFromDirectory(root, { ...camelCase(options), shuffle: false, labels: null })
    const input = layers.input({ shape: shape.slice(1) })
    using device = await openDevice()
    using model = new Model({ inputs: input, outputs: layers.flatten().apply(input), pictures: dataset.pictures! })
    await model.compile({ device })
    const made = await model.predict(dataset.filePaths.map((path) => join(root, path)))
    expect([...made.data]).toEqual(joined((await all(dataset)).map(({ x }) => x as Tensor)))
    const again = await loadModel(await model.save().blob())
    expect(again.pictures).toEqual(model.pictures)
  })

  test('of values that are not whole nothing is said', async () => {
    const given = { labels: null, dtype: 'float32' } as const
    expect((await imageDatasetFromDirectory(root, given)).pictures).toBeUndefined()
    expect((await imageDatasetFromDirectory(root, { ...given, interpolation: 'nearest' })).pictures).toEqual({
      interpolation: 'nearest',
      preprocess: 'none',
      resizer: 'tensorflow',
    })
  })
})

describe('passes', () => {
  test('epochs have orders of their own, the same with the same seed; batches may have any size', async () => {
    const dataset = await imageDatasetFromDirectory(root, { imageSize: [4, 4], seed: 3 })
    const order = async (options: object) => (await all(dataset, options)).flatMap(({ y }) => [...(y as Uint32Array)])
    const first = await order({ shuffle: undefined })
    expect(first, 'shuffled where nobody says').not.toEqual(dataset.labels)
    expect(await order({ shuffle: true })).toEqual(first)
    expect(await order({ shuffle: true, epoch: 1 })).not.toEqual(first)
    expect(await order({ shuffle: true, seed: 1 })).not.toEqual(first)
    expect(await order({ batchSize: 3 })).toEqual(dataset.labels)
    expect((await all(dataset, { batchSize: 5 })).map(({ x }) => (x as Tensor).shape[0])).toEqual([5, 5, 1])
    const unshuffled = await imageDatasetFromDirectory(root, { imageSize: [4, 4], shuffle: false })
    expect((await all(unshuffled, { shuffle: undefined })).flatMap(({ y }) => [...(y as Uint32Array)])).toEqual(unshuffled.labels)
  })

  test('blobs and { file, path } give what the folder gives', async () => {
    const wanted = await all(await imageDatasetFromDirectory(root, { imageSize: [8, 8], colorMode: 'grayscale' }))
    const files = pictures.map(([path, bytes]) => ({ file: new Blob([bytes]), path: `picked/${path}` }))
    const dataset = imageDataset(files, { imageSize: [8, 8], colorMode: 'grayscale' })
    expect(dataset.classNames).toEqual(['C_owl', 'a_cat', 'b_dog', 'b_dog.x'])
    expect(dataset.pictures).toEqual({ resizer: 'tensorflow', interpolation: 'bilinear', preprocess: 'none' })
    expect(await all(dataset)).toEqual(wanted)
    expect((wanted[0]!.x as Tensor).shape).toEqual([4, 8, 8, 1])
    const [one, two] = imageDataset(
      files.map(({ file }) => file),
      { labels: null, validationSplit: 0.5, subset: 'both', imageSize: [2, 2] },
    )
    expect([one.count, two.count, one.classNames]).toEqual([6, 5, undefined])
  })
})

describe('threads', () => {
  const settings = settingsOf('test', { imageSize: [8, 8] })
  const broken = noisePng(9, 9, 1).subarray(0, 80)
  const home = folder({ 'good.png': noisePng(9, 7, 1), 'broken.png': broken })

  /** As the package has it: a module that Node runs. */
  async function worker(): Promise<URL> {
    const outfile = join(home, 'decode_worker.mjs')
    const entry = fileURLToPath(new URL('../../src/node/decode_worker.ts', import.meta.url))
    await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' })
    const packages = join(home, 'node_modules')
    if (!existsSync(packages)) symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), packages, 'junction')
    return pathToFileURL(outfile)
  }

  test('decode what this one does, of files, blobs and bytes, and refuse as it does', async () => {
    const pool = decoding(settings, 2, await worker())
    const here = decoding(settings, 0)
    expect([pool.lanes, decoding(settings, 2).lanes]).toEqual([2, 2]) // the second decodes here, from the TypeScript source
    const wanted = await here.decode(join(home, 'good.png'), 'good.png', undefined)
    const bytes = noisePng(9, 7, 1)
    for (const source of [join(home, 'good.png'), new Blob([bytes]), bytes])
      expect(await pool.decode(source, 'p', undefined)).toEqual(wanted)
    pool.close()
    for (const source of [broken, join(home, 'none.png')]) {
      const other = decoding(settings, 1, await worker())
      const [a, b] = await Promise.all([other, here].map((d) => d.decode(source, 'cat/1.png', undefined).catch((e: unknown) => e)))
      expect(a).toBeInstanceOf(FileError)
      expect(a).toMatchObject({ code: (b as FileError).code, message: (b as FileError).message, path: (b as FileError).path })
      other.close()
    }
  })

  test('are told of a picture where it is, and not how many others there are', async () => {
    const many = settingsOf('test', { imageSize: [8, 8], labels: new Array<number>(10_000).fill(1) })
    const post = vi.spyOn(Worker.prototype, 'postMessage')
    const pool = decoding(many, 1, await worker())
    const path = join(home, 'good.png')
    expect(await pool.decode(path, 'p', undefined)).toEqual(await decoding(many, 0).decode(path, 'p', undefined))
    pool.close()
    expect(post.mock.calls.map(([job]) => serialize(job).length < path.length + 100)).toEqual([true])
    post.mockRestore()
  })

  test('decode the next batches of a dataset while nobody waits for them, two and no more', async () => {
    const jpeg = fromBase64(jpegs.find(({ name }) => name === '4:2:0')!.file)
    const pictures = Array.from({ length: 10 }, (_, i) => ({ path: `${i}.jpg`, file: jpeg }))
    const pool = decoding(settings, 2, await worker())
    let [begun, decoded] = [0, 0]
    const counted: Decoding<PictureSource> = {
      ...pool,
      async decode(...picture) {
        begun++
        const data = await pool.decode(...picture)
        decoded++
        return data
      },
    }
    const dataset = datasetOf('test', { pictures, labels: undefined, classNames: undefined }, settings, false, () => counted)
    const batches = ahead(dataset.batches({ ...plain, batchSize: 2 }), { limit: undefined, signal: undefined, close: true })
    await batches.next()
    while (decoded < 6) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(begun).toBe(6)
    await batches.return()
  })

  test('are left at once by a signal, and end with what ends them', async () => {
    const stop = new AbortController()
    const pool = decoding(settings, 1, await worker())
    const waiting = pool.decode(join(home, 'good.png'), 'p', stop.signal)
    await Promise.resolve()
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    pool.close()
    const none = decoding(settings, 1, pathToFileURL(join(home, 'none.mjs')))
    await expect(none.decode(join(home, 'good.png'), 'p', undefined)).rejects.toThrow('none.mjs')
    none.close()
  })
})

describe('what cannot be used', () => {
  const cat = noisePng(4, 4, 1)
  const refusal = (job: () => unknown) =>
    Promise.resolve()
      .then(job)
      .then(
        () => Promise.reject(new Error('nothing was refused')),
        (error: Error) => error,
      )
  const directory: [string, () => string, ImageDirectoryOptions, new (...args: never[]) => Error, RegExp][] = [
    [
      'no folder',
      () => join(root, 'none'),
      {},
      FileError,
      /^\[imageDatasetFromDirectory\] the directory must be a readable folder, got .*ENOENT/,
    ],
    ['no picture', () => folder({ 'cat/1.txt': '' }), {}, DataError, /at least one picture below the directory, got none in /],
    ['no class', () => folder({ '1.png': cat }), {}, DataError, /pictures must lie in a folder for each class, got no such folder/],
    ['an empty class', () => folder({ 'cat/1.png': cat, 'dog/1.txt': '' }), {}, DataError, /a class must have pictures, got none of dog/],
    [
      'a class that is not there',
      () => root,
      { classNames: ['a_cat', 'bird'] },
      DataError,
      /a folder of every class, got C_owl, .* and no bird/,
    ],
    ['a format that is not decoded', () => folder({ 'cat/1.gif': cat }), {}, FileError, /a picture must be PNG or JPEG, got cat\/1.gif/],
    ['labels that are not as many', () => root, { labels: [1, 2] }, DataError, /a label for every picture, got 2 labels and 13 pictures/],
    [
      'a split without pictures',
      () => folder({ 'cat/1.png': cat }),
      { validationSplit: 0.5, subset: 'validation' },
      DataError,
      /must leave pictures on both sides, got 0.5 of 1/,
    ],
    ['two classes for binary', () => root, { labelMode: 'binary' }, ArgumentError, /binary is for two classes, got 4/],
  ]
  test.each(directory)('%s', async (_, path, options, type, message) => {
    const error = await refusal(() => imageDatasetFromDirectory(path(), options as object))
    expect(error).toBeInstanceOf(type)
    expect(error.message).toMatch(message)
  })

  const wrong: [object, string][] = [
    [{ imageSize: [0, 8] }, 'imageSize must be [height, width], whole numbers from 1 to 16384, got [0,8]'],
    [{ interpolation: 'bicubic' }, 'interpolation must be nearest or bilinear, got bicubic'],
    [{ colorMode: 'rgba' }, 'colorMode must be rgb or grayscale, got rgba'],
    [{ dtype: 'float16' }, 'dtype must be uint8 or float32, got float16'],
    [{ cropToAspectRatio: true, padToAspectRatio: true }, 'only one of cropToAspectRatio and padToAspectRatio may be true, got both'],
    [{ labelMode: 'sparse' }, 'labelMode must be int, categorical, binary or null, got sparse'],
    [{ labels: 'folders' }, 'labels must be inferred, null or a list of class numbers, got "folders"'],
    [{ labels: [0], classNames: ['a'] }, 'classNames are for labels that are inferred, got them with labels an array of 1'],
    [{ seed: -1 }, 'seed must be a whole number from 0 to 4294967295, got -1'],
    [{ validationSplit: 1.5, subset: 'both' }, 'validationSplit must be between 0 and 1, got 1.5'],
    [{ validationSplit: 0.5 }, 'validationSplit and subset go together, got validationSplit alone'],
    [{ subset: 'test', validationSplit: 0.5 }, 'subset must be training, validation or both, got test'],
    [{ batchSize: 0 }, 'batchSize must be a positive whole number, got 0'],
    [{ shuffle: 1 }, 'shuffle must be a boolean, got 1'],
    [{ threads: -1 }, 'threads must be a whole number from 0, got -1'],
  ]
  test.each(wrong)('%o', async (options, rule) => {
    const error = await refusal(() => imageDatasetFromDirectory(root, options))
    expect(error).toBeInstanceOf(ArgumentError)
    expect(error.message).toBe(`[imageDatasetFromDirectory] ${rule}`)
    expect((await refusal(() => imageDataset([new Blob()], options))).message).toBe(`[imageDataset] ${rule}`)
  })

  test('files that are none', async () => {
    expect((await refusal(() => imageDataset(5 as never))).message).toBe(
      '[imageDataset] files must be a list of files, or of { file, path }, got 5',
    )
    expect((await refusal(() => imageDataset(['a.png'] as never))).message).toContain('got "a.png" at index 0')
    expect((await refusal(() => imageDataset([]))).message).toContain('a folder for each class, got no such folder')
    expect((await refusal(() => imageDataset([], { labels: null }))).message).toBe(
      '[imageDataset] there must be at least one picture, got none',
    )
    expect((await refusal(() => imageDataset([new Blob()], { labels: [-1] }))).message).toBe(
      '[imageDataset] a label must be a whole number from 0, got -1 for file 0',
    )
  })

  test('a broken picture is named, and what was begun ends', async () => {
    const path = folder({ 'cat/1.png': cat, 'cat/2.jpg': Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 4), 'dog/1.png': cat })
    const error = await refusal(async () => all(await imageDatasetFromDirectory(path, { imageSize: [4, 4] })))
    expect(error).toBeInstanceOf(FileError)
    expect(error).toMatchObject({ code: 'truncated' })
    expect(error.message).toMatch(/^\[cat\/2.jpg\] a JPEG must end with its end mark/)
  })

  test('a pass that is aborted', async () => {
    const stop = new AbortController()
    const dataset = await imageDatasetFromDirectory(root, { imageSize: [4, 4] })
    const seen: Batch[] = []
    const error = await refusal(async () => {
      for await (const batch of dataset.batches({ ...plain, batchSize: 1, signal: stop.signal })) {
        seen.push(batch)
        if (seen.length === 2) stop.abort(new Error('enough'))
      }
    })
    expect(error.message).toBe('enough')
    expect(seen.length).toBe(2)
  })

  test('an empty class that nobody asked for does not matter', async () => {
    const path = folder({ 'cat/1.png': cat })
    mkdirSync(join(path, 'dog'))
    expect((await imageDatasetFromDirectory(path, { classNames: ['cat'] })).count).toBe(1)
  })
})
