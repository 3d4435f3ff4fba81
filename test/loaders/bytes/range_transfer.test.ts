/**
 * VGG16 without its top from the 553 MB file with it, over HTTP Range: little more than the trunk's 59 MB is transferred. The file is laid out
 * as a real one is, and its values are computed as they are asked for.
 */
import { expect, test } from 'vitest'
import { kerasWeightsFile } from '../../../src/loaders/keras/keras_file.ts'
import { vgg16 } from '../../../src/models/vgg.ts'
import { sizeOf } from '../../../src/shape.ts'
import { serveFile, type ServedFile } from '../../support/file_server.ts'

const SLICE = 4 * 1024 * 1024
/** Parameters of VGG16 with and without top. */
const WHOLE = 138_357_544
const TRUNK = 14_714_688

/** The value in word `i` of the file: whole numbers that f32 holds exactly. */
const valueAt = (i: number) => (Math.imul(i, 0x9e3779b1) >>> 8) - 0x800000

/** VGG16's file, and where in it each weight begins, by `layer/weight`. */
async function vggFile(): Promise<{ file: ServedFile; addresses: Map<string, number> }> {
  const addresses = new Map<string, number>()
  const zeros = new Float32Array(SLICE)
  let size = 0
  let metadata: Uint8Array | undefined
  const layers = (await vgg16()).layers.filter((l) => l.weights.length)
  const pieces = kerasWeightsFile(
    layers.map((l) => ({
      name: l.name,
      weights: l.weights.map((w) => ({
        name: w.name,
        shape: w.shape,
        // Called when it is the weight's turn: everything before it has been counted.
        async *data() {
          addresses.set(w.path, size)
          for (let left = sizeOf(w.shape); left > 0; left -= SLICE) yield await Promise.resolve(zeros.subarray(0, Math.min(SLICE, left)))
        },
      })),
    })),
  )
  for await (const piece of pieces) {
    metadata ??= piece
    size += piece.length
  }
  const head = metadata!
  const read = (begin: number, end: number) => {
    const first = Math.floor(begin / 4)
    const words = Float32Array.from({ length: Math.ceil(end / 4) - first }, (_, i) => valueAt(first + i))
    const bytes = new Uint8Array(words.buffer, begin - 4 * first, end - begin)
    if (begin < head.length) bytes.set(head.subarray(begin, end))
    return bytes
  }
  return { file: { size, read }, addresses }
}

test('vgg16 without top, from the file with top, transfers less than 70 MB', async () => {
  const { file, addresses } = await vggFile()
  expect(file.size).toBeGreaterThan(4 * WHOLE)
  const server = await serveFile(file)
  const model = await vgg16({ includeTop: false, weights: `${server.url}/vgg16.h5` })
  expect(server.sent).toBeLessThan(4_000_000)
  let values = 0
  let wrong = 0
  for (const weight of model.weights) {
    const first = addresses.get(weight.path)! / 4
    for (let at = 0; at < sizeOf(weight.shape); at += SLICE) {
      const read = await weight.source.read(at, Math.min(sizeOf(weight.shape), at + SLICE))
      values += read.length
      for (let i = 0; i < read.length; i++) if (read[i] !== valueAt(first + at + i)) wrong++
    }
  }
  await server.close()
  console.log(`${server.requests.length} requests, ${(server.sent / 1e6).toFixed(2)} MB of ${(file.size / 1e6).toFixed(2)} MB`)
  expect(values).toBe(TRUNK)
  expect(wrong).toBe(0)
  expect(server.sent).toBeGreaterThan(4 * TRUNK)
  expect(server.sent).toBeLessThan(70_000_000)
})
