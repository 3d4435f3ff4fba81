/** Byte sources other than HTTP, and the search for values that are not finite. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { FileError, WeightsError } from '../../../src/errors.ts'
import { blobSource, bytesOf } from '../../../src/loaders/bytes/blob.ts'
import { bytesSource, partOf, type ByteSource } from '../../../src/loaders/bytes/bytes.ts'
import { Md5 } from '../../../src/loaders/bytes/md5.ts'
import { checkFinite } from '../../../src/tensor_source.ts'
import { fileSource } from '../../../src/node/file.ts'

const folder = mkdtempSync(join(tmpdir(), 'thaw-bytes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const data = Uint8Array.from({ length: 1000 }, (_, i) => i % 251)
const onDisk = (name: string): string => {
  const path = join(folder, name)
  writeFileSync(path, data)
  return path
}
async function refusal(job: Promise<unknown>): Promise<FileError> {
  const error = await job.then(
    () => undefined,
    (e: Error) => e,
  )
  expect(error).toBeInstanceOf(FileError)
  return error as FileError
}

const SOURCES: Record<string, () => Promise<ByteSource>> = {
  bytes: () => Promise.resolve(bytesSource(data)),
  buffer: () => Promise.resolve(bytesSource(data.buffer)),
  blob: () => Promise.resolve(blobSource(new Blob([data]))),
  part: () => Promise.resolve(partOf(bytesSource(new Uint8Array([7, 7, ...data, 7])), 2, 1000, 'part')),
  file: () => fileSource(onDisk('whole')),
}

describe.each(Object.keys(SOURCES))('%s', (kind) => {
  test('gives any range, and nothing beyond its end', async () => {
    const source = await SOURCES[kind]!()
    expect(source.size).toBe(1000)
    for (const [offset, length] of [
      [0, 1000],
      [0, 0],
      [1000, 0],
      [17, 300],
    ] as const) {
      expect(await source.read(offset, length)).toEqual(data.slice(offset, offset + length))
    }
    for (const [offset, length] of [
      [1000, 1],
      [999, 2],
      [-1, 1],
      [0, -1],
      [0.5, 1],
      [NaN, 1],
      [0, Infinity],
      [2 ** 53, 1],
    ] as const) {
      expect(await refusal(source.read(offset, length))).toMatchObject({ code: 'truncated', offset })
    }
    await (source as Partial<AsyncDisposable>)[Symbol.asyncDispose]?.()
  })
  test('gives the reason of an abort', async () => {
    const source = await SOURCES[kind]!()
    await expect(source.read(0, 1, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
    await (source as Partial<AsyncDisposable>)[Symbol.asyncDispose]?.()
  })
})

describe('a file on disk', () => {
  test('that is missing, or a folder', async () => {
    expect((await refusal(fileSource(join(folder, 'none')))).code).toBe('not-found')
    expect((await refusal(fileSource(folder))).message).toContain('got a folder or device')
  })
  test('that shrinks', async () => {
    const path = onDisk('shrinks')
    await using source = await fileSource(path)
    truncateSync(path, 100)
    expect(await refusal(source.read(50, 100))).toMatchObject({ code: 'truncated', offset: 100 })
  })
  test('that was closed', async () => {
    const source = await fileSource(onDisk('closed'))
    await source.close()
    await source.close()
    expect((await refusal(source.read(0, 1))).message).toContain('got a read after close()')
  })
})

test("a Node Buffer, whose slice is a view of others' memory, comes in as plain bytes; so does memory that threads share", async () => {
  const pool = Buffer.concat([Buffer.alloc(7, 255), data, Buffer.alloc(9, 255)])
  const shared = new Uint8Array(new SharedArrayBuffer(1000))
  shared.set(data)
  for (const bytes of [pool.subarray(7, 1007), shared]) {
    for (const got of [await bytesOf(bytes), await bytesSource(bytes).read(0, 1000)]) {
      expect(got.constructor).toBe(Uint8Array)
      expect(new Uint8Array(got.slice(1, 999).buffer)).toEqual(data.slice(1, 999))
    }
    expect(new Md5().update(bytes).hex()).toBe(createHash('md5').update(data).digest('hex'))
  }
})

test('a part must be inside', () => {
  expect(() => partOf(bytesSource(data), 999, 2, 'part')).toThrow(FileError)
})

describe('values that are not finite', () => {
  const parameter = { path: 'conv1/kernel', shape: [2, 3, 4] }
  test.each([NaN, Infinity, -Infinity])('%d is named with layer, element and coordinates', (value) => {
    const slice = new Float32Array(8)
    slice[3] = value
    const message = `[conv1/kernel] weights must be finite (the training that saved them went astray: take an earlier checkpoint), got ${value} (element 13 of 24, at [1,0,1] of [2,3,4])`
    expect(() => checkFinite(parameter, slice, 10)).toThrow(new WeightsError('not-finite', 'conv1/kernel', message.slice(15)))
  })
  test('the largest and the smallest numbers are finite', () => {
    expect(() => checkFinite(parameter, Float32Array.of(3.4028234663852886e38, -3.4028234663852886e38, 1e-45, -0), 0)).not.toThrow()
  })
})
