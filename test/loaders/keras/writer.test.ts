/** What our writer writes, our reader and the HDF5 library read back bit for bit. */
import h5wasm from 'h5wasm/node'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ArgumentError, ShapeError } from '../../../src/errors.ts'
import { bytesSource } from '../../../src/loaders/bytes/bytes.ts'
import { openKerasWeights } from '../../../src/loaders/keras/keras.ts'
import { kerasWeightsFile } from '../../../src/loaders/keras/keras_file.ts'
import type { LayerToWrite } from '../../../src/loaders/keras/writer.ts'
import { sizeOf, type Shape } from '../../../src/shape.ts'
import { values } from '../../support/values.ts'
import { readAll } from '../files.ts'

const folder = mkdtempSync(join(tmpdir(), 'thaw-writer-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function written(layers: readonly LayerToWrite[]): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  for await (const part of kerasWeightsFile(layers)) parts.push(part.slice())
  const bytes = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  parts.reduce((at, p) => (bytes.set(p, at), at + p.length), 0)
  return bytes
}

let seed = 0
const weight = (name: string, shape: Shape) => {
  const { data } = values(shape, ++seed)
  return { name, shape, data: () => data }
}
const layer = (name: string, ...weights: LayerToWrite['weights']): LayerToWrite => ({ name, weights })

const few = [
  layer('input_1'),
  layer('conv1', weight('kernel', [3, 3, 2, 5]), weight('bias', [5])),
  layer('conv1/7x7_s2', weight('kernel', [1, 1, 5, 3])),
  layer('größe', weight('gamma', [7]), weight('beta', [7])),
  layer('odd', weight('kernel', [1])),
]
/** More than a tree of HDF5's usual width holds, 1024. */
const many = Array.from({ length: 1100 }, (_, i) => layer(`layer_${i}`, weight('kernel', [1 + (i % 3), 2])))

/** Their names do not fit one attribute: layer_names0, layer_names1, ... */
const long = Array.from({ length: 401 }, (_, i) => layer(`${'x'.repeat(200)}${i}`, ...(i % 100 ? [] : [weight('kernel', [2])])))

test.each([
  ['a few layers', few],
  ['more than a thousand layers', many],
  ['long names', long],
  ['none', []],
])('%s', async (_name, layers) => {
  const bytes = await written(layers)
  const read = await openKerasWeights(bytesSource(bytes))
  expect(read.layers.map((l) => [l.name, l.weights.map((w) => [w.name, w.source.shape])])).toEqual(
    layers.map((l) => [l.name, l.weights.map((w) => [w.name, w.shape])]),
  )
  const path = join(folder, `${layers.length}.h5`)
  writeFileSync(path, bytes)
  await h5wasm.ready
  const oracle = new h5wasm.File(path, 'r')
  expect(oracle.attrs['keras_version']!.value).toBe('2.15.0')
  for (const [i, l] of read.layers.entries()) {
    for (const [j, { source }] of l.weights.entries()) {
      const expected = layers[i]!.weights[j]!.data()
      expect(await readAll(source)).toEqual(expected)
      expect((oracle.get(source.path) as InstanceType<typeof h5wasm.Dataset>).value).toEqual(expected)
    }
  }
  oracle.close()
})

test('values may come in slices and later, and files are the same to the byte', async () => {
  const [, , , , odd] = few
  const { data } = values([40, 3], 9)
  async function* slices() {
    for (let i = 0; i < data.length; i += 50) yield await Promise.resolve(data.subarray(i, i + 50))
  }
  const at = (source: LayerToWrite['weights'][number]['data']) =>
    written([odd!, layer('dense', { name: 'kernel', shape: [40, 3], data: source })])
  const whole = await at(() => data)
  expect(await at(slices)).toEqual(whole)
  expect(await at(() => Promise.resolve(data))).toEqual(whole)
})

test('what cannot be written is refused with both values', async () => {
  const short = { name: 'kernel', shape: [4], data: () => new Float32Array(3) }
  await expect(written([layer('a', short)])).rejects.toThrow(new ShapeError('writer', 'kernel must give 4 values for shape [4], got 3'))
  await expect(written([layer('a', { ...short, data: () => new Float32Array(5) })])).rejects.toBeInstanceOf(ShapeError)
  await expect(written([layer('a'), layer('a')])).rejects.toThrow(
    new ArgumentError('writer', 'layers must have names of their own, got a twice'),
  )
  for (const name of ['/a', 'a/', 'a//b', './a', '', 'a\0'])
    await expect(written([layer(name)])).rejects.toThrow('a layer must have a name without a slash at its ends')
  await expect(written([layer('a', weight('kernel', [1]), weight('kernel', [2]))])).rejects.toThrow(
    new ArgumentError('writer', 'a weight must have a name of its own, got kernel:0 twice'),
  )
  await expect(written([layer('x'.repeat(70_000))])).rejects.toThrow('a header message must be smaller than 64 KiB')
})

test('the sizes that shapes promise are the sizes of the file', async () => {
  const bytes = await written(few)
  expect(bytes.length).toBeGreaterThan(4 * few.flatMap((l) => l.weights).reduce((n, w) => n + sizeOf(w.shape), 0))
})
