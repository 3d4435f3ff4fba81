/** Files that a user picks in a page: the browser's own File, FileList and Blob. */
import { expect, test, vi } from 'vitest'
import { layers, loadImage, loadModel, Model, type LoadReport } from '../../../src/index.ts'
import { recipeValues } from '../../support/recipe.ts'

/** Convolutions enough for thousands of pieces of metadata. */
function deep(): Model {
  const input = layers.input({ shape: [4, 4, 2] })
  let x = input
  for (let i = 0; i < 60; i++) x = layers.conv2d({ filters: 2, kernelSize: 1, name: `conv${i}` }).apply(x)
  return new Model({ inputs: input, outputs: x })
}

const fromRecipe = (model: Model) => {
  for (const w of model.weights)
    w.source = { shape: w.shape, read: (b, e) => Promise.resolve(recipeValues(w.layer, w.name, w.shape).slice(b, e)) }
  return model
}

function picked(...files: File[]): FileList {
  const transfer = new DataTransfer()
  files.forEach((f) => transfer.items.add(f))
  return transfer.files
}

/** Blobs that are read while something is done. */
async function blobReads(work: () => Promise<unknown>): Promise<number> {
  const reading = vi.spyOn(Blob.prototype, 'arrayBuffer')
  try {
    await work()
    return reading.mock.calls.length
  } finally {
    reading.mockRestore()
  }
}

test.each(['h5', 'keras'] as const)('a FileList of a model and its labels, read in few pieces: %s', async (format) => {
  const file = new File([await fromRecipe(deep()).save(format).blob()], `model.${format}`)
  const files = picked(new File(['cat'], 'labels.txt'), file)
  expect(Array.isArray(files)).toBe(false)
  const reports: LoadReport[] = []
  let model: Model | undefined
  const opening = await blobReads(async () => (model = await loadModel(files, { onReport: (r) => reports.push(r) })))
  expect(reports[0]!.unusedFiles).toEqual(['labels.txt'])
  const reading = await blobReads(async () => {
    for (const w of model!.weights) expect(await w.source.read(0, 2)).toEqual(recipeValues(w.layer, w.name, w.shape).slice(0, 2))
  })
  // The labels, and the model by blocks of 64 kB.
  expect(opening).toBeLessThan(3 + (2 * file.size) / 65_536)
  expect(reading).toBeLessThan(2 + file.size / 65_536)
  await expect(loadModel(picked(file))).resolves.toBeInstanceOf(Model)
})

test('a picture instead of a model is called one', async () => {
  const canvas = new OffscreenCanvas(2, 2)
  canvas.getContext('2d')
  const png = new File([await canvas.convertToBlob()], 'cat.png')
  await expect(loadModel(picked(png))).rejects.toThrow('[cat.png] the file must be HDF5, got a picture (PNG); loadImage is for pictures')
  expect((await loadImage(png)).shape).toEqual([1, 2, 2, 3])
})
