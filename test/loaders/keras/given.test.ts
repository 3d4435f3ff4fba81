/** What may be given to loadWeights and loadModel: one file, a list, a FileList; with other files in it. */
import { describe, expect, test } from 'vitest'
import { ArgumentError, FileError } from '../../../src/errors.ts'
import { bytesSource } from '../../../src/loaders/bytes/bytes.ts'
import type { LoadReport, WeightsInput } from '../../../src/loaders/keras/load_weights.ts'
import { loadModel } from '../../../src/models/load_model.ts'
import { sizeOf } from '../../../src/shape.ts'
import type { Model } from '../../../src/training/model.ts'
import { recipeValues } from '../../support/recipe.ts'
import { archive } from '../../support/zip.ts'
import { keras, source } from '../files.ts'

const file = (name: string) => new File([keras(name)], name)
const labels = new File(['0 cat\n1 dog\n'], 'labels.txt')
const picture = bytesSource(Uint8Array.of(0x89, ...Buffer.from('PNG\r\n\x1a\n')), 'cat.png')
const photos = new File([archive([{ name: 'cat.png', data: Uint8Array.of(1) }])], 'photos.zip')

/** What a browser gives for an input element: no array, and in another window not even an instance of FileList. */
const fileList = (...files: File[]) =>
  ({ length: files.length, item: (i: number) => files[i]!, [Symbol.iterator]: () => files[Symbol.iterator]() }) as unknown as FileList

async function expectRecipe(model: Model): Promise<void> {
  expect(model.weights.length).toBe(7)
  for (const w of model.weights) expect(await w.source.read(0, sizeOf(w.shape)), w.path).toEqual(recipeValues(w.layer, w.name, w.shape))
}

/** Loads a model, then weights into it, from the same. @returns the names that both reports give */
async function loaded(input: WeightsInput): Promise<string[]> {
  const reports: LoadReport[] = []
  const model = await loadModel(input, { onReport: (r) => reports.push(r) })
  await expectRecipe(model)
  await model.loadWeights(keras('keras2_weights.h5'))
  reports.push(await model.loadWeights(input))
  await expectRecipe(model)
  expect(reports[1]!.unusedFiles).toEqual(reports[0]!.unusedFiles)
  return [...reports[0]!.unusedFiles]
}

describe('what is taken', () => {
  test.each<[string, () => WeightsInput, string[]]>([
    ['a list of one file', () => [file('keras3.keras')], []],
    ['a FileList of one file', () => fileList(file('keras3_model.h5')), []],
    ['a set', () => new Set([keras('keras3.keras')]) as unknown as WeightsInput, []],
    ['a model and its labels', () => [file('keras3_model.h5'), labels], ['labels.txt']],
    ['a FileList, the model last', () => fileList(labels, photos, file('keras3.keras')), ['labels.txt', 'photos.zip']],
    [
      'a zip archive around a model, and a picture',
      () => [picture, new File([archive([{ name: 'm.keras', data: keras('keras3.keras') }])], 'm.zip')],
      ['cat.png'],
    ],
  ])('%s', async (_name, input, unused) => {
    expect(await loaded(input())).toEqual(unused)
  })

  test('shards among other files', async () => {
    const names = ['.weights.json', '_00000.weights.h5', '_00001.weights.h5', '_00002.weights.h5'].map((end) => `keras3_sharded${end}`)
    const model = await loadModel(file('keras3.keras'))
    const report = await model.loadWeights([labels, ...names.map(file), new File(['{"note": 1}'], 'note.json')])
    expect(report.unusedFiles).toEqual(['labels.txt', 'note.json'])
    await expectRecipe(model)
  })

  test("the model's own config comes before another one", async () => {
    const config = new File(['{"class_name": "Sequential", "config": []}'], 'config.json')
    const reports: LoadReport[] = []
    await expectRecipe(await loadModel([config, file('keras3.keras')], { onReport: (r) => reports.push(r) }))
    expect(reports[0]!.unusedFiles).toEqual(['config.json'])
  })
})

describe('what is refused', () => {
  const refusal = async (input: WeightsInput) => {
    const error: unknown = await loadModel(input).catch((e: unknown) => e)
    const model = await loadModel(source('keras3.keras'))
    const second = (await model.loadWeights(input).catch((e: unknown) => e)) as Error
    expect(second.message.replace('[loadWeights]', '[loadModel]')).toBe((error as Error).message)
    return error
  }
  test.each<[string, () => WeightsInput, string]>([
    ['nothing', () => [], '[loadModel] a file must be given, got none'],
    ['a number', () => [7] as unknown as WeightsInput, '[loadModel] a file must be a URL, a Blob, bytes or a ByteSource, got number'],
    [
      'two models',
      () => [file('keras3.keras'), labels, file('keras3_model.h5')],
      '[loadModel] one file alone must be the one to load (or be the .weights.json that lists the others), got keras3.keras, keras3_model.h5',
    ],
    [
      'no model',
      () => [labels, picture],
      '[loadModel] one of several files must be a Keras file, got labels.txt (a text), cat.png (a picture (PNG); loadImage is for pictures)',
    ],
  ])('%s', async (_name, input, message) => {
    const error = await refusal(input())
    expect(error).toBeInstanceOf(ArgumentError)
    expect((error as Error).message).toBe(message)
  })

  test('a single archive that holds none is told by what is in it', async () => {
    const error = await refusal([labels, photos])
    expect(error).toBeInstanceOf(FileError)
    expect((error as Error).message).toBe('[photos.zip] the archive must hold a Keras file, got cat.png')
  })
})
