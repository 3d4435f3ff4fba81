/** `createClassifier` in Node: paths of files, pictures and labels, and an adapter that it finds. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClassifier, FileError, layers, loadImage, Model, openDevice, preprocessInput, saveModel } from '../../src/node.ts'
import { pictureFile } from '../support/model_files.ts'

const folder = mkdtempSync(join(tmpdir(), 'thaw-classifier-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const made = (name: string) => join(folder, name)

beforeAll(async () => {
  const input = layers.input({ shape: [8, 8, 3] })
  const outputs = layers.dense({ units: 2, activation: 'softmax' }).apply(layers.flatten().apply(input))
  await saveModel(new Model({ inputs: input, outputs, pictures: { preprocess: 'tf', interpolation: 'bilinear' } }), made('model.keras'))
  await pictureFile(made('noise.png'))
  writeFileSync(made('labels.txt'), '0 cat\n1 dog\n')
})

test('paths, file URLs, a Buffer: all the same picture', async () => {
  using it = await createClassifier(made('model.keras'), { labels: made('labels.txt') })
  const url = pathToFileURL(made('noise.png'))
  const [first, ...others] = await it.classify([made('noise.png'), url, readFileSync(made('noise.png'))])
  others.forEach((other) => expect(other).toEqual(first))
  expect(first!.map((c) => c.className).sort()).toEqual(['cat', 'dog'])
  const image = await loadImage(made('noise.png'), { targetSize: [8, 8], interpolation: 'bilinear' })
  const { data } = await (it.model as Model).predict(preprocessInput(image, 'tf'))
  for (const { classIndex, probability } of first!) expect(probability).toBe(data[classIndex])
  await expect(it.classify(made('none.png'))).rejects.toThrow(FileError)
})

test('what it makes of its own is gone with it; a device that is given is not', async () => {
  const own = await createClassifier(made('model.keras'))
  const { device } = own.model
  own.dispose()
  expect(() => device!.check()).toThrow('disposed')
  using given = await openDevice()
  const it = await createClassifier(made('model.keras'), { device: given })
  it.dispose()
  expect(given.live.buffers).toBe(0)
  given.check()
  await expect(createClassifier(made('model.keras'), { device: given, labels: made('noise.png') })).rejects.toThrow(FileError)
  expect(given.live.buffers).toBe(0)
})
