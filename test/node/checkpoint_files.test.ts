/** What callbacks write in Node: files beside those that are there, whole or not at all. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  csvLogger,
  loadModel,
  modelCheckpoint,
  openDevice,
  sgd,
  ThawError,
  type Callback,
  type Device,
  type FitOptions,
} from '../../src/node.ts'
import { tinyData, tinyModel } from '../support/tiny.ts'

let folder: string
let device: Device
const data = tinyData(8)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thaw-checkpoints-'))
  device = await openDevice()
})

afterAll(async () => {
  expect(device.live.buffers).toBe(0)
  device.dispose()
  await rm(folder, { recursive: true })
})

async function compiled() {
  const model = tinyModel()
  await model.compile({ device, optimizer: sgd({ learningRate: 0.1 }), loss: 'sparseCategoricalCrossentropy' })
  return model
}

const scripted = (losses: readonly number[]): Callback => ({ onEpochEnd: (epoch, logs) => void (logs['val_loss'] = losses[epoch]!) })
const options = (callbacks: Callback[], more: FitOptions = {}): FitOptions => ({ epochs: 4, batchSize: 4, callbacks, ...more })

test('a model for each epoch, or the best alone, as Keras names them', async () => {
  using model = await compiled()
  const all = modelCheckpoint({ filepath: join(folder, 'all', '{epoch:02d}-{val_loss:.2f}.keras') })
  const best = modelCheckpoint({ filepath: join(folder, 'best.h5'), saveBestOnly: true })
  const weights: Float32Array[] = []
  const keep: Callback = { onEpochEnd: async () => void weights.push((await model.getWeights())[0]!.data as Float32Array) }
  await model.fit(data, options([scripted([3, 1, 2, 1]), all, best, keep]))
  expect((await readdir(join(folder, 'all'))).sort()).toEqual(['01-3.00.keras', '02-1.00.keras', '03-2.00.keras', '04-1.00.keras'])
  for (const [file, epoch] of [
    ['all/03-2.00.keras', 2],
    ['best.h5', 1],
  ] as const) {
    using read = await loadModel(join(folder, file))
    await read.compile({ device })
    expect((await read.getWeights())[0]!.data).toEqual(weights[epoch])
  }
})

test('weights after so many batches, epochs counted through', async () => {
  using model = await compiled()
  const filepath = join(folder, 'batches', '{epoch}-{batch}.weights.h5')
  await model.fit(data, options([modelCheckpoint({ filepath, saveWeightsOnly: true, saveFreq: 3 })]))
  expect((await readdir(join(folder, 'batches'))).sort()).toEqual(['2-1.weights.h5', '3-2.weights.h5'])
})

test('a disk that is full: a typed error, the file of before untouched, the weights those of the last step', async () => {
  using model = await compiled()
  const path = join(folder, 'full.keras')
  await writeFile(path, 'before')
  const store = {
    async write(name: string, file: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
      for await (const piece of file) if (piece.length) throw Object.assign(new Error(`ENOSPC: no space left, ${name}`), { code: 'ENOSPC' })
    },
  }
  const error = await model.fit(data, options([modelCheckpoint({ filepath: path, store })])).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(ThawError)
  expect((error as ThawError).code).toBe('storage')
  expect((error as ThawError).message).toContain('ENOSPC')
  expect(await model.trainerState()).toMatchObject({ epoch: 1, step: 2, position: 0 })
  const no = await model.fit(data, options([modelCheckpoint({ filepath: join(path, 'below.keras') })])).catch((e: unknown) => e)
  expect((no as ThawError).code, 'a folder that is a file').toBe('storage')
  expect(await readFile(path, 'utf8')).toBe('before')
  expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
})

test('aborted while it writes: the reason, and no half of a file', async () => {
  using model = await compiled()
  const path = join(folder, 'aborted.keras')
  await writeFile(path, 'before')
  const stop = new AbortController()
  const abort: Callback = { onEpochEnd: () => stop.abort(new Error('enough')) }
  const fitting = model.fit(data, options([abort, modelCheckpoint({ filepath: path })], { signal: stop.signal }))
  await expect(fitting).rejects.toThrow('enough')
  expect(await readFile(path, 'utf8')).toBe('before')
  expect((await readdir(folder)).filter((name) => name.includes('aborted'))).toEqual(['aborted.keras'])
})

test('a log as Keras writes it, gone on with where that is wanted', async () => {
  using model = await compiled()
  const filename = join(folder, 'logs', 'log.csv')
  await model.fit(data, { epochs: 1, batchSize: 4, callbacks: [csvLogger({ filename })] })
  await model.fit(data, { epochs: 2, batchSize: 4, callbacks: [csvLogger({ filename, append: true })] })
  const lines = (await readFile(filename, 'utf8')).split('\r\n')
  expect(lines.map((line) => line.split(',')[0])).toEqual(['epoch', '0', '0', '1', ''])
  expect(lines[0]).toBe('epoch,loss,val_loss')
})

test('names and formats that are none are refused', async () => {
  expect(() => modelCheckpoint({ filepath: 'model.onnx' })).toThrow('filepath must end in .keras or .h5, got model.onnx')
  expect(() => modelCheckpoint({ filepath: 'model.h5', saveWeightsOnly: true })).toThrow(
    'must end in .weights.h5 where saveWeightsOnly is set',
  )
  using model = await compiled()
  const wrong = modelCheckpoint({ filepath: join(folder, '{val_acc:.2f}.keras') })
  await expect(model.fit(data, options([wrong]))).rejects.toThrow("a place in a file's name must be one of loss, epoch, got {val_acc:.2f}")
})
