/** The weight cache of browsers, over a CacheStorage in memory: Node has none. */
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FileError } from '../../../src/errors.ts'
import type { ByteSource } from '../../../src/loaders/bytes/bytes.ts'
import { browserCache, cacheStore } from '../../../src/loaders/weights/cache_store.ts'
import { resolveFile, type PinnedFile, type ResolveOptions } from '../../../src/loaders/weights/weight_store.ts'
import { served, serveFile, type FileServer, type Misbehaviour } from '../../support/file_server.ts'
import { fakeCaches, fakeLocks, type FakeCaches } from '../../support/response_cache.ts'

const PART = 8 * 1024 * 1024
const data = Uint8Array.from({ length: 2 * PART + 77 }, (_, i) => (i * 11 + (i >> 10)) % 251)

let caches: FakeCaches
let server: FileServer
let file: PinnedFile

beforeEach(() => (caches = fakeCaches()))
afterEach(() => server.close())

async function serve(misbehave?: (n: number) => Misbehaviour | undefined): Promise<void> {
  server = await serveFile(served(data), misbehave)
  file = { file: 'net.h5', url: `${server.url}/net.h5`, bytes: data.length, md5: hashOf(data) }
}

const get = (options: ResolveOptions = {}) => resolveFile(file, { cache: cacheStore(caches), retryPause: 1, ...options })
const hashOf = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex')
const md5Of = async (source: ByteSource) => hashOf(await source.read(0, source.size))
const key = (name: number | string) => `https://thaw-weights.invalid/${file.md5}/net.h5/${name}`

describe('parts', () => {
  test('are 8 MiB, the last one less, and a file is whole when it says so', async () => {
    await serve()
    await get()
    const sizes = Object.fromEntries([...caches.entries].map(([k, blob]) => [k, blob.size]))
    const { [key('whole')]: whole, ...parts } = sizes
    expect(whole).toBeGreaterThan(0)
    expect(parts).toEqual({ [key(0)]: PART, [key(1)]: PART, [key(2)]: 77 })
  })

  test('stay as they are while a file is incomplete, and grow to their size later', async () => {
    await serve((n) => (n === 0 ? { cutAfter: PART + 1000 } : undefined))
    await expect(get({ retries: 0 })).rejects.toThrow('must not end early')
    expect([...caches.entries.keys()]).toEqual([key(0), key(1)])
    expect(caches.entries.get(key(1))!.size).toBeLessThanOrEqual(1000)
    expect(await md5Of(await get())).toBe(file.md5)
    expect(caches.entries.get(key(1))!.size).toBe(PART)
  })

  test('are touched only where a read needs them', async () => {
    await serve()
    const source = await get()
    caches.asked.length = 0
    expect(await source.read(PART - 3, 6)).toEqual(data.slice(PART - 3, PART + 3))
    expect(await source.read(PART + 50, 10)).toEqual(data.slice(PART + 50, PART + 60))
    expect(caches.asked).toEqual([key(0), key(1)])
    expect(await source.read(2 * PART, 77)).toEqual(data.slice(2 * PART))
    expect(caches.asked.at(-1)).toBe(key(2))
    await expect(source.read(data.length - 1, 2)).rejects.toThrow('must end inside the file')
  })

  test.each([
    ['missing', () => caches.entries.delete(key(1))],
    ['cut', () => caches.entries.set(key(1), caches.entries.get(key(1))!.slice(0, 100))],
  ])('one that is %s is an error once, and comes in anew', async (_what, damage) => {
    await serve()
    const source = await get()
    damage()
    const error = await source.read(0, data.length).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(FileError)
    expect((error as FileError).code).toBe('integrity')
    expect(await md5Of(await get())).toBe(file.md5)
    expect(server.requests.length).toBe(2)
    expect(Number(/\d+/.exec(server.requests[1]!.range!)![0])).toBeGreaterThanOrEqual(PART)
  })
})

test('a full disk keeps what fits, and the file is read from the web', async () => {
  await serve()
  caches.quota = PART + 100
  const notes: string[] = []
  const source = await get({ onNote: (note) => notes.push(note) })
  expect(notes).toEqual([expect.stringContaining('[net.h5] the cache must be able to keep the file, got QuotaExceededError')])
  expect(await md5Of(source)).toBe(file.md5)
  const before = server.requests.length
  caches.quota = Infinity
  await get()
  expect(server.requests[before]!.range).toBe(`bytes=${PART}-`)
})

test('a frame that may not even look for a cache has none', async () => {
  await serve()
  vi.stubGlobal('caches', undefined)
  Object.defineProperty(globalThis, 'caches', {
    configurable: true,
    get() {
      throw new DOMException('sandboxed', 'SecurityError')
    },
  })
  try {
    expect(browserCache()).toBeUndefined()
    expect(await md5Of(await resolveFile(file))).toBe(file.md5)
  } finally {
    vi.unstubAllGlobals()
  }
})

test('two tabs that want one file download it once', async () => {
  await serve()
  const locks = fakeLocks()
  const tabs = await Promise.all([1, 2].map(() => resolveFile(file, { cache: cacheStore(caches, locks) })))
  for (const tab of tabs) expect(await md5Of(tab)).toBe(file.md5)
  expect(server.requests.length).toBe(1)
})

test("a page has its browser's cache where there is one", async () => {
  await serve()
  expect(browserCache()).toBeUndefined()
  vi.stubGlobal('caches', caches)
  try {
    await resolveFile(file)
    await resolveFile(file)
  } finally {
    vi.unstubAllGlobals()
  }
  expect(caches.entries.size).toBe(4)
  expect(server.requests.length).toBe(1)
})
