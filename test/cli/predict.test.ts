/** `thaw predict`: what it sees in pictures, as Keras and as the network used by hand. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { PredictReport } from '../../src/cli/predict.ts'
import {
  classIndexFile as officialIndex,
  decodePredictions,
  googlenet,
  loadClassIndex,
  loadImage,
  loadModel,
  openDevice,
  preprocessInput,
  saveModel,
  type SymbolicTensor,
} from '../../src/node.ts'
import { classIndexFile, layersOf, pictureFile, theanoFile, weightFile, wholeModel } from '../support/model_files.ts'
import { fixture, inspected, predicted, thaw, useFolder } from './run.ts'

const made = useFolder()
const image = made('noise.png')
beforeAll(() => pictureFile(image))

describe('predict', () => {
  // By Keras 3.15.1: load_img with target_size (8, 8), divided by 255, model.predict.
  const KERAS = [0.13172529637813568, 0.13816027343273163, 0.11607963591814041, 0.35316094756126404, 0.26087385416030884]

  test.each(['keras3.keras', 'keras3_model.h5'])('with the config in %s, as Keras does', async (name) => {
    const report = await predicted(image, '--model', fixture(name), '--preprocess', 'unit')
    expect(report).toMatchObject({ model: fixture(name), weights: null, input: [1, 8, 8, 3], preprocess: 'unit', classes: 5 })
    expect(report.top.map((g) => g.index)).toEqual([3, 4, 1, 0, 2])
    for (const { index, score } of report.top) expect(Math.abs(score - KERAS[index]!)).toBeLessThan(1e-6)
  })

  test('what it prints; pixels of a model file stay as they are', async () => {
    const { code, out, err } = await thaw(['predict', image, '--model', fixture('keras3.keras'), '--top', '2'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    // Keras gives class 3 the probability 1, and 0 to all others.
    expect(out).toMatch(/^Adapter: .+\nModel: .+keras3\.keras, input \[1,8,8,3\], preprocessing none, 5 classes\n/)
    expect(out.split('\n').slice(3)).toEqual(['Score   Class', '-------------', '1.0000  3', '0.0000  4', ''])
  })

  test('classes are called, and pictures preprocessed, as the file of a model says', async () => {
    const model = await loadModel(fixture('keras3.keras'))
    model.classNames = ['ash', 'bay', 'fir', 'oak', 'yew']
    model.pictures = { preprocess: 'unit' }
    const file = made('named.keras')
    await saveModel(model, file)
    const { top, preprocess } = await predicted(image, '--model', file, '--top', '2')
    expect([preprocess, top.map((g) => [g.index, g.label])]).toEqual(['unit', [[3, 'oak'], [4, 'yew']]]) // prettier-ignore
    for (const { index, score } of top) expect(Math.abs(score - KERAS[index]!)).toBeLessThan(1e-6)
    const { out } = await thaw(['inspect', file])
    expect(out).toContain('\nClasses: ash, bay, fir, oak, yew\nPicture: 8x8 rgb, nearest, preprocessing unit\nNetwork: its own config\n')
    expect((await inspected(file)).config).toMatchObject({ classNames: model.classNames, pictures: model.pictures })
  })

  const input = (shape: (number | null)[]) => ({ class_name: 'InputLayer', config: { name: 'x', batch_input_shape: shape } })
  const flatten = { class_name: 'Flatten', config: { name: 'flat' } }

  test('one channel is grey as Keras has it, and --size opens what the config leaves open', async () => {
    const file = await wholeModel(made('grey.h5'), [input([null, null, null, 1]), flatten])
    const { top, ...report } = await predicted(image, '--model', file, '--size', '8', '--top', '64')
    expect(report).toMatchObject({ input: [1, 8, 8, 1], classes: 64 })
    const pixels = [...top].sort((a, b) => a.index - b.index).map((g) => g.score)
    // By Keras 3.15.1: load_img with color_mode 'grayscale'.
    expect(pixels.slice(0, 8)).toEqual([231, 177, 156, 104, 165, 185, 226, 156])
    expect(pixels.reduce((a, b) => a + b, 0)).toBe(8316)
    const refused = await thaw(['predict', image, '--model', file])
    expect(refused).toEqual({
      code: 1,
      out: '',
      err: "[grey.h5] the input's size must be given (--size N), got [null,null,null,1] in the model's config\n",
    })
  })

  test('--size is of height and width, whichever axes those of the input are', async () => {
    const pool = { class_name: 'GlobalAveragePooling2D', config: { name: 'pool', data_format: 'channels_first' } }
    const permute = { class_name: 'Permute', config: { name: 'turn', dims: [3, 1, 2] } }
    const behind = await wholeModel(made('behind.h5'), [input([null, 6, 6, 3]), permute, pool])
    expect(await predicted(image, '--model', behind, '--size', '8')).toMatchObject({ input: [1, 8, 8, 3], classes: 3 })
    const unclear = await wholeModel(made('unclear.h5'), [input([null, 3, 6, 3]), pool])
    expect((await thaw(['predict', image, '--model', unclear, '--size', '8'])).err).toBe(
      '[plain] height and width alone need an input with 1, 3 or 4 channels on one side (else say all three sizes, in its order), got [8,8] for [3,6,3]\n',
    )
    const first = await wholeModel(made('ahead.h5'), [input([null, 3, 6, 6]), pool])
    expect(await predicted(image, '--model', first, '--size', '8')).toMatchObject({ input: [1, 8, 8, 3], classes: 3 })
  })

  test.each([
    [
      'no picture goes in',
      [input([null, 8, 8, 2]), flatten],
      'the input must be pictures [height,width,3] or [height,width,1], got [null,8,8,2]',
    ],
    [
      'its channels come first',
      [input([null, 3, 8, 8]), flatten],
      'the input must be pictures [height,width,3] or [height,width,1], got [null,3,8,8]',
    ],
    ['no classes come out', [input([null, 8, 8, 3])], 'the output must be class scores [classes], got [null,8,8,3]'],
  ])('refused where %s', async (_what, layers, message) => {
    const file = await wholeModel(made('odd.h5'), layers)
    expect(await thaw(['predict', image, '--model', file])).toEqual({ code: 1, out: '', err: `[plain] ${message}\n` })
  })

  test('a model whose channels come first takes a picture as any other', async () => {
    const file = fileURLToPath(new URL('../golden/models/first.h5', import.meta.url))
    const report = await predicted(image, '--model', file, '--preprocess', 'unit', '--top', '4')
    expect(report).toMatchObject({ input: [1, 9, 8, 3], classes: 4 })
    const pixels = await loadImage(image, { targetSize: [9, 8] })
    const turned = Float32Array.from(pixels.data, (_, i) => pixels.data[(i % 72) * 3 + Math.floor(i / 72)]! / 255)
    using device = await openDevice()
    using model = await loadModel<SymbolicTensor[]>(new Uint8Array(readFileSync(file)))
    await model.compile({ device })
    const [scores] = await model.predict({ shape: [1, 3, 9, 8], data: turned })
    for (const { index, score } of report.top) expect(score).toBeCloseTo(scores!.data[index]!, 6)
  })

  test('without --weights the official file with top is fetched', async () => {
    const asked: string[] = []
    vi.stubGlobal('fetch', (url: string) => {
      asked.push(url)
      return Promise.resolve(new Response('gone', { status: 404 }))
    })
    const { code, err } = await thaw(['predict', image, '--model', 'resnet50'])
    expect(new Set(asked.map((url) => url.split('/').at(-1)))).toEqual(new Set(['resnet50_weights_tf_dim_ordering_tf_kernels.h5']))
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('the server must answer with the file, got HTTP 404') as string })
  })

  describe('with a network by its name', () => {
    let weights: string
    let names: string
    beforeAll(async () => {
      weights = await weightFile(made('googlenet.h5'), layersOf(await googlenet()))
      names = await classIndexFile(made('names.json'))
    })

    test('as the network is used by hand: its preprocessing, its weights, names by the class index', async () => {
      const report = await predicted(
        image,
        '--model',
        'googlenet',
        '--weights',
        weights,
        '--size',
        '32',
        '--top',
        '3',
        '--class-index',
        names,
      )
      expect(report).toMatchObject({ model: 'googlenet', weights, input: [1, 32, 32, 3], preprocess: 'bvlc', classes: 1000 })
      using device = await openDevice()
      using model = await googlenet({ inputShape: [32, 32, 3], weights: new Blob([readFileSync(weights)]) })
      await model.compile({ device })
      const x = preprocessInput(await loadImage(image, { targetSize: [32, 32] }), 'googlenet')
      const [byHand] = decodePredictions(await model.predict(x), { top: 3, classIndex: await loadClassIndex(names) })
      expect(report.top).toEqual(byHand)
      expect(report.top[0]!.label).toBe(`thing_${report.top[0]!.index}`)
    })

    test("Keras's own class names come from the cache", async () => {
      const kept = join(made('cache'), 'weights', officialIndex.md5)
      mkdirSync(kept, { recursive: true })
      await classIndexFile(join(kept, officialIndex.file), officialIndex.bytes)
      vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')))
      const { code, out, err } = await thaw(['predict', image, '--model', 'googlenet', '--weights', weights, '--size', '32'])
      rmSync(kept, { recursive: true })
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(out).toMatch(/\nScore +Label +WordNet id +Class\n-+\n\d\.\d+ +thing_(\d+) +n0*\1 +\1\n/)
    })

    test('without class names there are numbers, and a word about it', async () => {
      vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')))
      const { code, out, err } = await thaw(['predict', image, '--model', 'googlenet', '--weights', weights, '--size', '32', '--json'])
      expect(code).toBe(0)
      expect(err).toMatch(/^No class names, numbers instead: \[https:.+no network\n$/)
      for (const guess of (JSON.parse(out) as PredictReport).top) expect(Object.keys(guess)).toEqual(['index', 'score'])
    })

    test('fewer classes, as many as the file has', async () => {
      const file = await weightFile(made('seven.h5'), layersOf(await googlenet({ classes: 7 })))
      const argv = ['--model', 'googlenet', '--weights', file, '--size', '32', '--top', '9']
      const { classes, top } = await predicted(image, ...argv)
      expect([classes, top.length]).toEqual([7, 7])
      expect(top.reduce((sum, g) => sum + g.score, 0)).toBeCloseTo(1, 5)
      const named = await thaw(['predict', image, ...argv, '--class-index', names])
      expect(named).toEqual({ code: 1, out: '', err: '[class index] the model must have the 1000 classes that it names, got 7\n' })
    })

    test('Ctrl-C while the weights come in', async () => {
      const seen: string[] = []
      const { code, out, err } = await thaw(
        ['predict', image, '--model', 'googlenet', '--weights', weights, '--size', '32', '--class-index', names],
        (line, stop) => {
          seen.push(line)
          if (line.startsWith('Loading weights')) stop()
        },
      )
      expect({ code, out, err }).toEqual({ code: 130, out: '', err: 'Interrupted.\n' })
      expect(seen.some((line) => /^Loading weights: \d+\.\d of 28\.0 MB$/.test(line))).toBe(true)
      expect(seen).not.toContain('Predicting')
      expect(seen.at(-1)).toBe('')
    })

    test('--kernels tells what an old file leaves open', async () => {
      const file = await theanoFile(made('old_googlenet.h5'), await googlenet())
      const argv = [image, '--model', 'googlenet', '--weights', file, '--size', '32', '--class-index', names]
      expect(await thaw(['predict', ...argv])).toMatchObject({
        code: 1,
        err: expect.stringContaining('the option kernels must be') as string,
      })
      const { top } = await predicted(...argv, '--kernels', 'theano')
      expect(top[0]!.score).toBeCloseTo(1e-3, 8) // all weights are 0
    })
  })
})
