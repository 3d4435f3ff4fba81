/** In Node, a weight file may be a path or a file URL; it is opened for each read, so that nobody has to close it. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { layers, loadModel, Model, saveModel } from '../../src/node.ts'

const folder = mkdtempSync(join(tmpdir(), 'thaw paths ')) // with blanks
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function small(): Model {
  const input = layers.input({ shape: [8, 8, 3] })
  let x = layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', name: 'conv1' }).apply(input)
  x = layers.batchNormalization({ scale: false, name: 'bn1' }).apply(x)
  x = layers.dense({ units: 5, activation: 'softmax', name: 'predictions' }).apply(layers.flatten().apply(x))
  return new Model({ inputs: input, outputs: x })
}

test('a path and a file URL, also of a list of shards, whose shards lie beside it', async () => {
  cpSync(fileURLToPath(new URL('../golden/keras_files/', import.meta.url)), folder, { recursive: true })
  for (const name of ['keras3.weights.h5', 'keras3_sharded.weights.json']) {
    const path = join(folder, name)
    for (const where of [path, pathToFileURL(path), String(pathToFileURL(path))]) {
      const report = await small().loadWeights(where)
      expect(report.loaded.length).toBe(7)
    }
  }
})

test('a whole model, read again after the file has been opened', async () => {
  const path = join(folder, 'model.keras')
  const model = small()
  await saveModel(model, path)
  const back = await loadModel(path)
  const [kernel] = back.getLayer('conv1').weights
  expect(await kernel!.source.read(0, 5)).toEqual(await model.getLayer('conv1').weights[0]!.source.read(0, 5))
})

test('no such file, a folder, no file at all: errors that name it', async () => {
  await expect(loadModel(join(folder, 'none.keras'))).rejects.toMatchObject({ code: 'not-found' })
  await expect(loadModel(folder)).rejects.toThrow('the path must be a readable file, got a folder')
  await expect(loadModel('file://elsewhere/x.h5')).rejects.toThrow('a file URL must name a file of this machine')
  writeFileSync(join(folder, 'empty.h5'), '')
  await expect(loadModel(join(folder, 'empty.h5'))).rejects.toMatchObject({ code: 'not-hdf5' })
})
