/**
 * VGG16 from a 553 MB Keras file: written by our writer, streamed in by our reader, run where no storage binding holds fc1's 411 MB,
 * and compared with real Keras on the same weights.
 */
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDevice, type Device } from '../../src/device/device.ts'
import { kerasWeightsFile } from '../../src/loaders/keras/keras_file.ts'
import { vgg16 } from '../../src/models/vgg.ts'
import { fileSource } from '../../src/node/file.ts'
import golden from '../golden/vgg16.json' with { type: 'json' }
import { expectOutput } from '../support/golden.ts'
import { openGpu } from '../support/gpu.ts'
import { recipeImage, recipeValues } from '../support/recipe.ts'
import { sizeOf, type Shape } from '../../src/shape.ts'

const WEIGHT_BYTES = 4 * 138_357_544
const SLICE = 4 * 1024 * 1024

let folder: string
let path: string

async function* slices(layer: string, name: string, shape: Shape): AsyncGenerator<Float32Array> {
  for (let begin = 0; begin < sizeOf(shape); begin += SLICE) {
    yield await Promise.resolve(recipeValues(layer, name, shape, begin, Math.min(sizeOf(shape), begin + SLICE)))
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thaw-vgg16-'))
  path = join(folder, 'vgg16.h5')
  const layers = (await vgg16()).layers
    .filter((l) => l.weights.length)
    .map((l) => ({
      name: l.name,
      weights: l.weights.map((w) => ({ name: w.name, shape: w.shape, data: () => slices(l.name, w.name, w.shape) })),
    }))
  await pipeline(Readable.from(kerasWeightsFile(layers)), createWriteStream(path))
}, 300_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Loads, predicts, and returns how far the process grew while loading. */
async function loadAndPredict(device: Device) {
  const file = await fileSource(path)
  using model = await vgg16({ weights: file })
  const before = process.memoryUsage().rss
  let peak = before
  await model.compile({ device, onProgress: () => (peak = Math.max(peak, process.memoryUsage().rss)) })
  await device.idle()
  peak = Math.max(peak, process.memoryUsage().rss)
  const y = await model.predict(recipeImage([224, 224, 3], 1 / 255))
  await file.close()
  return { growth: peak - before, y }
}

test('loads in less than 1.3 times the weights and agrees with Keras', async () => {
  expect((await stat(path)).size).toBeGreaterThan(WEIGHT_BYTES)
  const device = await openDevice({ gpu: await openGpu(), maxTensorBytes: 128 * 1024 * 1024 })
  const { growth, y } = await loadAndPredict(device)
  console.log(`the process grew by ${(growth / WEIGHT_BYTES).toFixed(3)} times the weights`)
  expect(growth).toBeLessThan(1.3 * WEIGHT_BYTES)
  expectOutput(y, golden.output)
  expect(device.live.buffers).toBe(0)
  device.dispose()
}, 300_000)
