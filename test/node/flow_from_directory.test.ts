/** Folders with the arguments of Keras's flow_from_directory: files, splits, labels and values of Keras; a generator's model trains on them. */
import { rmSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import type { Batch } from '../../src/dataset.ts'
import { layers } from '../../src/layers/index.ts'
import { flowFromDirectory, type FlowFromDirectoryOptions } from '../../src/node/flow_from_directory.ts'
import type { Tensor } from '../../src/tensor.ts'
import { imageDataGenerator } from '../../src/training/generator.ts'
import { Model } from '../../src/training/model.ts'
import { sgd } from '../../src/training/optimizers/index.ts'
import golden from '../golden/images/dataset.json' with { type: 'json' }
import jpegs from '../golden/images/jpeg.json' with { type: 'json' }
import { useDevice } from '../support/device.ts'
import { folderOf, noisePng } from '../support/picture_folder.ts'
import { farthest, fromBase64 } from '../support/pictures.ts'

const device = useDevice()
const jpeg = (name: string) => fromBase64(jpegs.find((p) => p.name === name)!.file)
const pictures = Object.entries(golden.pictures).map(([path, [h, w, seed]]) => [path, noisePng(h!, w!, seed!)] as const)
const root = folderOf(Object.fromEntries(pictures))
const photos = folderOf({
  'cat/1.jpg': jpeg('4:2:0'),
  'cat/2.jpg': jpeg('4:4:4'),
  'cat/3.png': noisePng(20, 30, 7),
  'dog/1.jpg': jpeg('4:2:2'),
  'dog/2.jpg': jpeg('grey'),
  'dog/3.png': noisePng(30, 20, 8),
})
afterAll(() => [root, photos].forEach((folder) => rmSync(folder, { recursive: true })))

const inOrder = { epoch: 0, seed: 0, batchSize: 4, shuffle: false, signal: undefined }

async function all(dataset: Awaited<ReturnType<typeof flowFromDirectory>>, options: object = {}): Promise<Batch[]> {
  const found: Batch[] = []
  for await (const batch of dataset.batches({ ...inOrder, ...options })) found.push(batch)
  return found
}

test.each(golden.flows)('as Keras: $options', async ({ options, files, classes, shape, y, sample, sum }) => {
  const named = Object.entries(options).map(([key, v]) => [key.replace(/_(.)/g, (_, c: string) => c.toUpperCase()), v as unknown])
  const dataset = await flowFromDirectory(root, Object.fromEntries(named) as FlowFromDirectoryOptions)
  expect([dataset.filePaths, dataset.classNames, dataset.batchSize]).toEqual([files, classes, 32])
  expect(dataset.pictures).toEqual({
    orient: false,
    interpolation: named.find(([key]) => key === 'interpolation')?.[1] ?? 'nearest',
    preprocess: 'none',
  })
  const batches = await all(dataset)
  const values = batches.flatMap(({ x }) => [...(x as Tensor).data])
  expect([files.length, ...(batches[0]!.x as Tensor).shape.slice(1)]).toEqual(shape)
  // The Pillow of these files, 13, resizes some bilinearly the other way round: by up to 1 (see make_images.py).
  const off = options.interpolation === 'bilinear' ? 1 : 0
  const seen = values.filter((_, i) => i % 7 === 0)
  expect(farthest(Uint8Array.from(seen), fromBase64(sample))).toBeLessThanOrEqual(off)
  expect(Math.abs(values.reduce((total, v) => total + v, 0) - sum)).toBeLessThanOrEqual(off * values.length)
  expect(batches.flatMap(({ y }) => [...((y as Tensor).data ?? (y as Uint32Array))])).toEqual(y)
})

test('without labels; in an order of each seed and epoch', async () => {
  const options = { targetSize: [4, 4], classMode: null, batchSize: 3 } as const
  const order = async (seed: number, epoch: number) =>
    (await all(await flowFromDirectory(root, { ...options, seed }), { shuffle: undefined, epoch })).map(({ x, y }) => [x, y])
  const first = await order(1, 0)
  expect(first.every(([, y]) => y === undefined)).toBe(true)
  expect(await order(1, 0)).toEqual(first)
  for (const other of [await order(2, 0), await order(1, 1)]) expect(other).not.toEqual(first)
})

test('a generator in front of a model trains, validates and predicts on a folder of JPEG and PNG files', async () => {
  const generator = imageDataGenerator({
    horizontalFlip: true,
    rotationRange: 10,
    brightnessRange: [0.8, 1.2],
    samplewiseStdNormalization: true,
  })
  const flow = (subset: 'training' | 'validation') =>
    flowFromDirectory(photos, { targetSize: [16, 16], batchSize: 2, subset, validationSplit: 0.34 })
  const [training, validation] = [await flow('training'), await flow('validation')]
  expect([training.filePaths, validation.filePaths]).toEqual([
    ['cat/2.jpg', 'cat/3.png', 'dog/2.jpg', 'dog/3.png'],
    ['cat/1.jpg', 'dog/1.jpg'],
  ])
  const input = layers.input({ shape: [16, 16, 3] })
  const x = layers.globalAveragePooling2d().apply(layers.conv2d({ filters: 4, kernelSize: 3 }).apply(generator.apply(input)))
  using model = new Model({ inputs: input, outputs: layers.dense({ units: 2, activation: 'softmax' }).apply(x) })
  await model.compile({ device: device(), optimizer: sgd(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
  const { epochs } = await model.fit(training, { epochs: 2, validationData: validation })
  expect(Object.keys(epochs[1]!.logs)).toEqual(['loss', 'accuracy', 'val_loss', 'val_accuracy'])
  expect((await model.predict(validation)).shape).toEqual([2, 2])
})

describe('refuses', () => {
  const wrong: [object, string][] = [
    [{ saveToDir: '.' }, 'options must be targetSize, colorMode, '],
    [{ targetSize: [8] }, 'targetSize must be [height, width], whole numbers from 1 to 16384, got [8]'],
    [{ colorMode: 'rgba' }, 'colorMode must be rgb or grayscale, got rgba'],
    [{ classMode: 'input' }, 'classMode must be categorical, sparse, binary or null, got "input"'],
    [{ classMode: 'binary' }, 'labelMode binary is for two classes, got 4'],
    [{ interpolation: 'bicubic' }, 'interpolation must be nearest or bilinear, got bicubic'],
    [{ subset: 'training' }, 'subset must be training or validation, and there must be a validationSplit, got "training" and 0'],
    [{ subset: 'validation', validationSplit: 0.01 }, 'validationSplit must leave pictures on both sides, got 0.01 of 11'],
    [{ classes: ['bird'] }, 'there must be a folder of every class, got C_owl, a_cat, b_dog, b_dog.x and no bird'],
    [{ threads: -1 }, 'threads must be a whole number from 0, got -1'],
  ]
  test.each(wrong)('%o', async (options, rule) => {
    await expect(flowFromDirectory(root, options)).rejects.toThrow(`[flowFromDirectory] ${rule}`)
  })
})
