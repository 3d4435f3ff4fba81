/** Blocks before a slow source: the same bytes from few reads. */
import { openAsBlob, writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { FileError } from '../../../src/errors.ts'
import { blobSource } from '../../../src/loaders/bytes/blob.ts'
import { BLOCK, inBlocks } from '../../../src/loaders/bytes/blocks.ts'
import { bytesSource, checkRange, partOf, type ByteSource } from '../../../src/loaders/bytes/bytes.ts'
import { openKerasWeights } from '../../../src/loaders/keras/keras.ts'
import { weightsFile } from '../../../src/loaders/keras/writer.ts'

const folder = mkdtempSync(join(tmpdir(), 'thaw-blocks-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const data = Uint8Array.from({ length: 40 * BLOCK + 777 }, (_, i) => (i * 7 + (i >> 9)) % 251)

/** A source that is asked as seldom as can be. It answers with views of a Buffer, as Node's own functions do. */
function slow(bytes: Uint8Array = data) {
  const asked: (readonly [offset: number, length: number])[] = []
  const buffer = Buffer.from(bytes)
  const source: ByteSource = {
    size: bytes.length,
    name: 'slow',
    async read(offset, length, signal) {
      signal?.throwIfAborted()
      checkRange(source, offset, length)
      asked.push([offset, length])
      return Promise.resolve(buffer.subarray(offset, offset + length))
    },
  }
  return { source, asked }
}

test('any range is what it is without blocks, and is its own', async () => {
  const source = inBlocks(slow().source)
  let seed = 1
  const random = (below: number) => (seed = Math.imul(seed, 1664525) + 1013904223) >>> 0 && (seed >>> 0) % below
  for (let i = 0; i < 600; i++) {
    const offset = random(data.length)
    const length = Math.min(data.length - offset, random(i % 10 ? 3 * BLOCK : 6 * BLOCK))
    const bytes = await source.read(offset, length)
    expect(Buffer.compare(bytes, data.subarray(offset, offset + length))).toBe(0)
    expect(bytes.constructor).toBe(Uint8Array)
    if (length && length < 4 * BLOCK) bytes.fill(0) // blocks are copied from
  }
  await expect(source.read(data.length - 1, 2)).rejects.toMatchObject({ code: 'truncated' })
})

test('scattered small reads cost one block each, and nothing when they come again', async () => {
  const { source, asked } = slow()
  const blocks = inBlocks(source)
  for (const round of [1, 2]) {
    for (const at of [30, 3, 17, 9]) for (let i = 0; i < 100; i++) await blocks.read(at * BLOCK + 37 * i, 16)
    expect([round, asked]).toEqual([round, [30, 3, 17, 9].map((at) => [at * BLOCK, BLOCK])])
  }
})

test('reads that follow each other bring more and more at once, up to 256 kB', async () => {
  const { source, asked } = slow()
  const blocks = inBlocks(source)
  for (let at = 0; at < data.length; at += 1000) await blocks.read(at, Math.min(1000, data.length - at))
  const sizes = asked.map(([, length]) => length / BLOCK)
  expect(sizes.slice(0, -1)).toEqual([1, 2, ...Array.from({ length: 9 }, () => 4)])
  expect(asked.at(-1)).toEqual([39 * BLOCK, BLOCK + 777])
})

test('bulk goes through as it is asked for', async () => {
  const { source, asked } = slow()
  const bytes = await inBlocks(source).read(5, 4 * BLOCK)
  expect(asked).toEqual([[5, 4 * BLOCK]])
  expect(bytes.constructor).toBe(Uint8Array)
})

test('at most 16 MiB stay', async () => {
  const { source, asked } = slow(new Uint8Array(300 * BLOCK))
  const blocks = inBlocks(source)
  for (let at = 299; at >= 0; at--) await blocks.read(at * BLOCK, 1)
  for (let at = 0; at < 256; at++) await blocks.read(at * BLOCK, 1)
  expect(asked.length).toBe(300)
  await blocks.read(256 * BLOCK, 1)
  expect(asked.length).toBe(301)
})

test('what failed is asked for again; memory is not put into blocks', async () => {
  const { source } = slow()
  let fails = 1
  const flaky: ByteSource = {
    ...source,
    read: (...range) => (fails-- > 0 ? Promise.reject(new FileError('http', 'cut')) : source.read(...range)),
  }
  const blocks = inBlocks(flaky)
  await expect(blocks.read(0, 8)).rejects.toThrow('cut')
  expect(await blocks.read(0, 8)).toEqual(data.slice(0, 8))
  await expect(blocks.read(0, 8, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  const memory = bytesSource(data)
  for (const quick of [memory, partOf(memory, 1, 9, 'part'), blocks, partOf(blocks, 1, 9, 'part')]) expect(inBlocks(quick)).toBe(quick)
})

test('a picked file is read in blocks: opening one of 400 layers takes few reads', async () => {
  const layers = Array.from({ length: 400 }, (_, i) => ({
    name: `conv2d_${i}`,
    weights: ['kernel', 'bias'].map((name) => ({ name, shape: [8, 8], data: () => new Float32Array(64).fill(i) })),
  }))
  const path = join(folder, 'picked.h5')
  const parts: Uint8Array[] = []
  for await (const part of weightsFile(layers).chunks()) parts.push(part)
  writeFileSync(path, Buffer.concat(parts))
  const blob = await openAsBlob(path)
  let reads = 0
  const counting = new Proxy(blob, {
    get(target, key) {
      if (key === 'slice') return (begin: number, end: number) => (reads++, target.slice(begin, end))
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  const file = await openKerasWeights(blobSource(counting, 'picked.h5'))
  expect(file.layers.length).toBe(400)
  for (const [i, { weights }] of file.layers.entries()) for (const { source } of weights) expect((await source.read(0, 64))[63]).toBe(i)
  const size = blob.size
  expect(size).toBeGreaterThan(10 * BLOCK)
  expect(reads).toBeLessThan((2 * size) / BLOCK)
})
