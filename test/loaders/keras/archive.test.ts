/** Zip archives: a Keras file in one, and what else there is. */
import { describe, expect, test, vi } from 'vitest'
import { FileError } from '../../../src/errors.ts'
import { layers } from '../../../src/layers/index.ts'
import { bytesSource } from '../../../src/loaders/bytes/bytes.ts'
import { openMember, zipMembers } from '../../../src/loaders/bytes/zip.ts'
import { openKerasWeights } from '../../../src/loaders/keras/keras.ts'
import { loadModel } from '../../../src/models/load_model.ts'
import { sizeOf } from '../../../src/shape.ts'
import { Model } from '../../../src/training/model.ts'
import { recipeValues } from '../../support/recipe.ts'
import { archive } from '../../support/zip.ts'
import { keras, source } from '../files.ts'

const empty = (name: string) => ({ name, data: new Uint8Array(0) })
const labels = { name: 'labels.txt', data: Buffer.from('0 cat\n1 dog\n') }

async function expectRecipe(model: Model): Promise<void> {
  expect(model.weights.length).toBe(7)
  for (const w of model.weights) expect(await w.source.read(0, sizeOf(w.shape)), w.path).toEqual(recipeValues(w.layer, w.name, w.shape))
}

describe('an archive around one Keras file', () => {
  // As Teachable Machine hands them out, and as somebody packs a file with what macOS adds.
  test.each([
    ['converted_keras.zip', 'keras_model.h5', 'keras3_model.h5', 8, 'whole model, Keras 3.15.1, in a zip archive'],
    ['packed.zip', 'folder/Model.KERAS', 'keras3.keras', 0, '.keras archive, Keras 3 weights, with layer names, in a zip archive'],
  ])('%s', async (zip, name, file, method, variant) => {
    const bytes = archive([labels, { name, data: keras(file), method }, empty(`__MACOSX/._${name}`), empty('._x.h5')])
    expect((await openKerasWeights(bytesSource(bytes, zip))).variant).toBe(variant)
    const model = await loadModel(bytes)
    await expectRecipe(model)
    await model.loadWeights(keras('keras2_weights.h5'))
    await model.loadWeights(new Blob([bytes]))
    await expectRecipe(model)
  })

  test('of weights only, whose name tells the order of axes', async () => {
    const name = 'a_weights_th_dim_ordering_th_kernels.h5'
    const file = await openKerasWeights(bytesSource(archive([{ name, data: keras('keras1_weights.h5') }]), 'a.zip'))
    expect(file).toMatchObject({ kernels: 'theano', dimOrdering: 'th', fileName: `a.zip/${name}` })
    await expect(loadModel(archive([{ name, data: keras('keras1_weights.h5') }]))).rejects.toThrow('call loadWeights')
  })

  test('is unpacked once', async () => {
    const bytes = archive([{ name: 'm.h5', data: keras('keras3_model.h5'), method: 8 }])
    let read = 0
    const whole = bytesSource(bytes, 'm.zip')
    await loadModel({ ...whole, read: (at, n) => ((read += n), whole.read(at, n)) })
    expect(read).toBeLessThan(1.5 * bytes.length)
  })
})

test('an archive of many members is listed once', async () => {
  const file = source('keras3.keras')
  const members = (await zipMembers(file)).map(async (member) => {
    const opened = await openMember(file, member)
    return { name: member.name, data: await opened.read(0, opened.size) }
  })
  const bytes = archive([...(await Promise.all(members)), ...Array.from({ length: 3000 }, (_, i) => empty(`more/${i}`))])
  const names = vi.spyOn(TextDecoder.prototype, 'decode')
  await expectRecipe(await loadModel(bytes))
  expect(names.mock.calls.length).toBeLessThan(1.5 * 3000)
  names.mockRestore()
})

/** What an archive of these members is refused with, whatever is asked of it. */
async function refusal(bytes: Uint8Array): Promise<FileError> {
  const input = layers.input({ shape: [8] })
  const model = new Model({ inputs: input, outputs: layers.dense({ units: 1 }).apply(input) })
  const file = bytesSource(bytes, 'file')
  const [error, second] = await Promise.all([loadModel(file), model.loadWeights(file)].map((job) => job.catch((e: unknown) => e)))
  expect(error).toBeInstanceOf(FileError)
  expect((second as FileError).message).toBe((error as FileError).message)
  return error as FileError
}

const KERAS = 'files that Keras wrote are read'
const ORIGIN = 'the Keras file that it was made from is read'

test.each([
  ['PyTorch', ['archive/data.pkl', 'archive/version'], `a PyTorch file; ${KERAS}`],
  ['.npz', ['arr_0.npy', 'arr_1.npy'], `NumPy arrays (.npz); ${KERAS}`],
  [
    'a SavedModel',
    ['m/saved_model.pb', 'm/variables/variables.index'],
    "a TensorFlow SavedModel; save the model again in Python with model.save('model.keras')",
  ],
  ['Core ML', ['Data/com.apple.CoreML/model.mlmodel'], `a Core ML model; ${ORIGIN}`],
])('%s in an archive is named, with what to do', async (_name, names, got) => {
  expect(await refusal(archive(names.map(empty)))).toMatchObject({
    code: 'unsupported',
    message: `[file] the archive must hold a Keras file, got ${got}`,
  })
})

test('several Keras files in an archive are named; so is what is in another one', async () => {
  expect(await refusal(archive(['a.h5', 'b/c.keras', 'd.txt'].map(empty)))).toMatchObject({
    code: 'unsupported',
    message: '[file] the archive must hold one Keras file, got a.h5, b/c.keras; unpack it and choose one',
  })
  expect(await refusal(archive(Array.from({ length: 11 }, (_, i) => empty(`${i}.txt`))))).toMatchObject({
    code: 'not-found',
    message: '[file] the archive must hold a Keras file, got 0.txt, 1.txt, 2.txt, 3.txt, 4.txt, 5.txt, 6.txt, 7.txt and 3 more',
  })
})

test('a .keras archive with NumPy weights', async () => {
  await expect(openKerasWeights(source('npz.keras'))).rejects.toThrow(
    'got a .keras archive whose weights are NumPy arrays (model.weights.npz); save it again where h5py is installed',
  )
})
