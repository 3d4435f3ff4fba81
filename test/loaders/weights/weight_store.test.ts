/**
 * Downloads of pinned files from a local server that behaves and from several that do not. The cache is the browser's, over a CacheStorage
 * in memory (Node has none); test/node/weight_cache.test.ts has the folder.
 */
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ArgumentError, FileError } from '../../../src/errors.ts'
import type { ByteSource } from '../../../src/loaders/bytes/bytes.ts'
import { cacheStore } from '../../../src/loaders/weights/cache_store.ts'
import {
  resolveFile,
  setDefaultWeightCache,
  type PinnedFile,
  type ResolveOptions,
  type WeightCache,
} from '../../../src/loaders/weights/weight_store.ts'
import { served, serveFile, type FileServer, type Misbehaviour, type SeenRequest } from '../../support/file_server.ts'
import { fakeCaches, type FakeCaches } from '../../support/response_cache.ts'

const MIB = 1024 * 1024
/** Three parts of the cache, the last one short. */
const data = Uint8Array.from({ length: 17 * MIB + 77 }, (_, i) => (i * 7 + (i >> 9)) % 251)
const other = data.map((v) => v ^ 1)
const md5 = createHash('md5').update(data).digest('hex')
const otherMd5 = createHash('md5').update(other).digest('hex')

let server: FileServer
let caches: FakeCaches
let cache: WeightCache
let file: PinnedFile

beforeEach(() => {
  caches = fakeCaches()
  cache = cacheStore(caches)
})
afterEach(() => server.close())

async function serve(misbehave?: (n: number, request: SeenRequest) => Misbehaviour | undefined): Promise<void> {
  server = await serveFile(served(data), misbehave)
  file = { file: 'net.h5', url: `${server.url}/official/net.h5`, bytes: data.length, md5 }
}

/** The file, without its size. */
const unsized = (): PinnedFile => ({ file: file.file, url: file.url, md5 })
const get = (options: ResolveOptions = {}) => resolveFile(file, { cache, retryPause: 1, ...options })

async function contentOf(source: ByteSource): Promise<string> {
  return createHash('md5')
    .update(await source.read(0, source.size))
    .digest('hex')
}

async function refusal(job: Promise<unknown>): Promise<FileError> {
  const error = await job.then(
    () => undefined,
    (e: Error) => e,
  )
  expect(error).toBeInstanceOf(FileError)
  return error as FileError
}

const ranges = () => server.requests.map((r) => r.range)
/** First byte that the n-th request asked for. */
const begin = (n: number) => Number(/^bytes=(\d+)-$/.exec(server.requests[n]!.range ?? 'none')?.[1])

describe('a server that behaves', () => {
  test('sends the file once; progress is counted in bytes; a second call makes no request', async () => {
    await serve()
    const loaded: number[] = []
    const source = await get({
      onProgress: ({ loadedBytes, totalBytes }) => {
        loaded.push(loadedBytes)
        expect(totalBytes).toBe(data.length)
      },
    })
    expect(source.size).toBe(data.length)
    expect(await contentOf(source)).toBe(md5)
    expect(loaded.length).toBeGreaterThan(10)
    expect(loaded).toEqual([...loaded].sort((a, b) => a - b))
    expect(loaded.at(-1)).toBe(data.length)
    expect(server.sent).toBe(data.length)
    expect(await contentOf(await get())).toBe(md5)
    expect(ranges()).toEqual([undefined])
  })

  test('is not asked about the size of a file whose size is not pinned', async () => {
    await serve()
    expect(await contentOf(await resolveFile(unsized(), { cache }))).toBe(md5)
    expect(server.requests.length).toBe(1)
  })

  test('serves the default cache', async () => {
    await serve()
    setDefaultWeightCache(cache)
    try {
      await resolveFile(file)
      await resolveFile(file)
    } finally {
      setDefaultWeightCache(undefined)
    }
    expect(server.requests.length).toBe(1)
  })
})

describe('a connection that is cut', () => {
  test('goes on where it ended', async () => {
    await serve((n) => (n === 0 ? { cutAfter: 10 * MIB + 5 } : undefined))
    expect(await contentOf(await get())).toBe(md5)
    expect(server.requests.length).toBe(2)
    expect(begin(1)).toBeGreaterThan(8 * MIB)
    expect(begin(1)).toBeLessThanOrEqual(10 * MIB + 5)
    expect(server.requests[1]!.sent).toBe(data.length - begin(1))
  })

  test('too often is an error that keeps what came in, and the next call goes on there', async () => {
    await serve((n) => (n < 3 ? { cutAfter: 100_000 } : undefined))
    const error = await refusal(get({ retries: 2 }))
    expect(error.code).toBe('truncated')
    expect(error.message).toContain(`${file.url}] the answer must not end early`)
    expect(server.requests.length).toBe(3)
    const before: number[] = []
    expect(await contentOf(await get({ onProgress: ({ loadedBytes }) => before.push(loadedBytes) }))).toBe(md5)
    expect(server.requests.length).toBe(4)
    expect(begin(3)).toBe(error.offset)
    expect(begin(3)).toBeGreaterThan(begin(2))
    expect(before[0]).toBeGreaterThan(begin(3))
    expect(server.requests[3]!.sent).toBe(data.length - begin(3))
  })

  test('may happen more often where much has come in between', async () => {
    await serve(() => ({ cutAfter: 8 * MIB + 100_000 }))
    expect(await contentOf(await get({ retries: 1 }))).toBe(md5)
    expect(server.requests.length).toBe(3)
  })

  test('and one that brings nothing more is given up', async () => {
    await serve((n) => (n === 0 ? { stallAfter: 300_000 } : undefined))
    expect(await contentOf(await get({ stallTimeout: 200 }))).toBe(md5)
    expect(begin(1)).toBeGreaterThan(0)
  })

  test('is not one that is slow', async () => {
    const small = data.slice(0, 10 * 64 * 1024)
    await serve(() => ({ file: served(small), delay: 60 }))
    const hash = createHash('md5').update(small).digest('hex')
    await resolveFile({ ...file, bytes: small.length, md5: hash }, { cache, stallTimeout: 300 })
    expect(server.requests.length).toBe(1)
  })

  test('pauses grow, and a busy server is asked again', async () => {
    await serve((n) => (n < 3 ? { status: 503 } : undefined))
    const started = performance.now()
    await get({ retries: 3, retryPause: 40 })
    expect(performance.now() - started).toBeGreaterThan(40 + 80 + 160 - 5)
    expect(server.requests.length).toBe(4)
  })
})

describe('patience', () => {
  test.each([
    [{ retries: -1 }, 'retries must be a number from 0, got -1'],
    [{ retries: NaN }, 'retries must be a number from 0, got NaN'],
    [{ retryPause: -5 }, 'retryPause must be from 0 to 2147483647 ms, got -5'],
    [{ retryPause: 2 ** 31 }, 'retryPause must be from 0 to 2147483647 ms, got 2147483648'],
    [{ stallTimeout: 0 }, 'stallTimeout must be above 0 and at most 2147483647 ms, got 0'],
  ])('%j is refused before anything is asked', async (options, rule) => {
    await serve()
    await expect(get(options)).rejects.toThrow(new ArgumentError('download', rule))
    expect(server.requests).toEqual([])
  })

  test('has an end: pauses do not grow beyond a minute', async () => {
    await serve()
    const pauses: unknown[] = []
    const stallTimeout = 30_001
    const timers = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((done: () => void, ms: number) => {
      if (ms === stallTimeout) return
      pauses.push(ms)
      queueMicrotask(done)
    }) as typeof setTimeout)
    try {
      const fetch = () => Promise.reject(new TypeError('no net'))
      expect((await refusal(get({ retries: 40, retryPause: 500, stallTimeout, fetch }))).code).toBe('http')
    } finally {
      timers.mockRestore()
    }
    expect(pauses.slice(0, 9)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
    expect(pauses.length).toBe(40)
    expect(pauses.at(-1)).toBe(60_000)
  })
})

describe('a cache that fails', () => {
  const broken = (what: 'find' | 'open'): WeightCache => ({
    ...cache,
    [what]: () => Promise.reject(new DOMException('denied', 'SecurityError')),
  })
  const rest = 'read from the web instead, as it is needed, and its hash is not checked'

  test.each(['find', 'open'] as const)('in %s: is done without, after a note', async (what) => {
    await serve()
    const notes: string[] = []
    const source = await get({ cache: broken(what), onNote: (note) => notes.push(note) })
    expect(notes).toEqual([`[net.h5] the cache must be able to keep the file, got SecurityError: denied; ${rest}`])
    expect(server.sent).toBeLessThan(100_000)
    expect(await contentOf(source)).toBe(md5)
  })

  test('forgets at once what it was given: likewise', async () => {
    await serve()
    const notes: string[] = []
    const forgetful: WeightCache = { find: () => Promise.resolve(undefined), open: (f, signal) => cache.open(f, signal) }
    expect(await contentOf(await get({ cache: forgetful, onNote: (note) => notes.push(note) }))).toBe(md5)
    expect(notes).toEqual([`[net.h5] the cache must keep what it was given, got nothing back; ${rest}`])
  })

  test('tells the console where nobody listens', async () => {
    await serve()
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    try {
      await get({ cache: broken('find') })
      expect(warn.mock.calls).toEqual([[expect.stringContaining(`got SecurityError: denied; ${rest}`)]])
    } finally {
      warn.mockRestore()
    }
  })

  test('in the middle of a stop by the user: the reason comes back, and no note', async () => {
    await serve()
    const notes: string[] = []
    const stop = new AbortController()
    stop.abort(new Error('enough'))
    await expect(get({ cache: broken('open'), signal: stop.signal, onNote: (note) => notes.push(note) })).rejects.toThrow('enough')
    expect(notes).toEqual([])
  })
})

describe('a server that misbehaves', () => {
  test('404 with a page', async () => {
    await serve(() => ({ status: 404 }))
    const error = await refusal(get())
    expect(error.code).toBe('http')
    expect(error.message).toContain('got HTTP 404')
    expect(server.requests.length).toBe(1)
    expect(caches.entries.size).toBe(0)
  })

  test('200 with a page', async () => {
    await serve(() => ({ status: 200, contentType: 'text/html; charset=utf-8' }))
    expect((await refusal(get())).code).toBe('not-hdf5')
    expect(server.requests.length).toBe(1)
  })

  test('another file of the same size: both hashes, and nothing is kept', async () => {
    await serve(() => ({ file: served(other) }))
    const error = await refusal(get())
    expect(error.code).toBe('integrity')
    expect(error.message).toContain(md5)
    expect(error.message).toContain(otherMd5)
    expect(server.requests.length).toBe(1)
    expect(caches.entries.size).toBe(0)
  })

  test('a Content-Length that is not the size: nothing is downloaded', async () => {
    await serve(() => ({ contentLength: data.length + 1 }))
    const error = await refusal(get())
    expect(error.code).toBe('integrity')
    expect(error.message).toContain(`must have ${data.length} bytes, got ${data.length + 1}`)
    expect(server.requests.length).toBe(1)
  })

  test.each([
    ['longer', Uint8Array.of(...data.subarray(0, 3000)), 2000, 'integrity', 'must have 2000 bytes, got more'],
    ['shorter', Uint8Array.of(...data.subarray(0, 1000)), 2000, 'truncated', 'got 1000 of 2000 bytes'],
  ])('a body without a length that is %s than the file', async (_what, body, bytes, code, rule) => {
    await serve(() => ({ contentLength: null, file: served(body), ignoreRange: true }))
    const error = await refusal(resolveFile({ ...file, bytes }, { cache, retries: 0 }))
    expect(error.code).toBe(code)
    expect(error.message).toContain(rule)
  })

  test('one that ignores Range: anew from the beginning', async () => {
    await serve((n) => (n === 0 ? { cutAfter: 9 * MIB } : { ignoreRange: true }))
    expect(await contentOf(await get())).toBe(md5)
    expect(begin(1)).toBeGreaterThan(0)
    expect(server.requests.map((r) => r.status)).toEqual([200, 200])
  })

  test('a Content-Range that begins elsewhere', async () => {
    await serve((n) => (n === 0 ? { cutAfter: 9 * MIB } : { contentRange: `bytes 0-${data.length - 1}/${data.length}` }))
    const error = await refusal(get())
    expect(error.code).toBe('http')
    expect(error.message).toContain(`must begin at byte ${begin(1)}, got 0`)
    expect(server.requests.length).toBe(2)
  })

  test('a Content-Range of another size, after a restart of the page', async () => {
    await serve((n) => (n === 0 ? { cutAfter: 9 * MIB } : n === 1 ? { contentRange: `bytes ${begin(1)}-99999999/100000000` } : undefined))
    await refusal(get({ retries: 0 }))
    const error = await refusal(get())
    expect(error.code).toBe('integrity')
    expect(error.message).toContain(`must have ${data.length} bytes, got 100000000`)
    expect(await contentOf(await get())).toBe(md5) // what was there has stayed
    expect(begin(2)).toBe(begin(1))
  })

  test('a range without Content-Range, which other origins may not show', async () => {
    await serve((n) => (n === 0 ? { cutAfter: 9 * MIB } : { contentRange: null }))
    expect(await contentOf(await get())).toBe(md5)
    expect(server.requests[1]!.sent).toBe(data.length - begin(1))
  })

  test('a range that is no longer there, of a file whose size is not pinned', async () => {
    const short = served(data.subarray(0, 1000))
    await serve((n) => (n === 0 ? { cutAfter: 9 * MIB } : n === 1 ? { file: short } : undefined))
    expect(await contentOf(await resolveFile(unsized(), { cache, retryPause: 1 }))).toBe(md5)
    expect(server.requests.map((r) => r.status)).toEqual([200, 416, 200])
  })
})

describe('a file that changes while it comes in', () => {
  test('and says so by its tag is begun anew', async () => {
    await serve((n) => (n === 0 ? { cutAfter: 9 * MIB, etag: '"old"', file: served(other) } : undefined))
    expect(await contentOf(await get())).toBe(md5)
    expect(ranges()).toEqual([undefined, `bytes=${begin(1)}-`, undefined])
    expect(server.requests[1]!.sent).toBeLessThan(data.length - begin(1))
  })

  test('and does not say so is found out by its hash, and begun anew once', async () => {
    await serve((n) => (n === 0 ? { cutAfter: 9 * MIB, file: served(other) } : undefined))
    expect(await contentOf(await get())).toBe(md5)
    expect(ranges()).toEqual([undefined, `bytes=${begin(1)}-`, undefined])
  })

  test('also between two calls', async () => {
    await serve((n) => (n === 0 ? { cutAfter: 9 * MIB, file: served(other) } : undefined))
    await refusal(get({ retries: 0 }))
    expect(await contentOf(await get())).toBe(md5)
    expect(ranges()).toEqual([undefined, `bytes=${begin(1)}-`, undefined])
  })

  test('and goes on changing is refused', async () => {
    await serve((n) => (n % 2 ? undefined : { cutAfter: 9 * MIB, file: served(other) }))
    expect((await refusal(get())).code).toBe('integrity')
    expect(server.requests.length).toBe(4)
  })
})

describe('mirrors', () => {
  test('come first, in order, and each goes on where the one before was cut', async () => {
    await serve((_n, { path }) => (path.startsWith('/a') ? { status: 404 } : path.startsWith('/b') ? { cutAfter: 9 * MIB } : undefined))
    const mirrors = [`${server.url}/a/`, `${server.url}/b`]
    expect(await contentOf(await get({ mirrors, retries: 0 }))).toBe(md5)
    expect(server.requests.map((r) => r.path)).toEqual(['/a/net.h5', '/b/net.h5', '/official/net.h5'])
    expect(server.requests[2]!.sent).toBe(data.length - begin(2))
  })

  test('are all named when none has the file', async () => {
    await serve((_n, { path }) => (path.startsWith('/a') ? { file: served(other) } : { status: 404 }))
    const error = await refusal(get({ mirrors: [`${server.url}/a`] }))
    expect(error.code).toBe('http')
    for (const text of [`${server.url}/a/net.h5`, otherMd5, file.url, 'HTTP 404']) expect(error.message).toContain(text)
  })
})

describe('the user', () => {
  test('stops it: the reason comes back, and what came in stays', async () => {
    await serve()
    const stop = new AbortController()
    const onProgress = ({ loadedBytes }: { loadedBytes: number }) => loadedBytes > 9 * MIB && stop.abort(new Error('enough'))
    await expect(get({ signal: stop.signal, onProgress })).rejects.toThrow('enough')
    expect(server.requests[0]!.sent).toBeLessThan(data.length)
    expect(await contentOf(await get())).toBe(md5)
    expect(begin(1)).toBeGreaterThan(9 * MIB)
    await expect(get({ signal: stop.signal })).rejects.toThrow('enough')
  })

  test('stops it in a pause and while nothing comes in', async () => {
    await serve((n) => (n === 0 ? { status: 503 } : { stallAfter: 1000 }))
    const stopped = (ms: number) => {
      const stop = new AbortController()
      setTimeout(() => stop.abort(new Error('enough')), ms)
      return get({ signal: stop.signal, retryPause: 60_000 })
    }
    await expect(stopped(50)).rejects.toThrow('enough')
    await expect(stopped(100)).rejects.toThrow('enough')
    expect(server.requests.length).toBe(2)
  })

  test('has an error of their own in onProgress: it comes back, what came in stays', async () => {
    await serve()
    const onProgress = () => {
      throw new RangeError('mine')
    }
    await expect(get({ onProgress })).rejects.toThrow('mine')
    await get()
    expect(begin(1)).toBeGreaterThan(0)
  })
})

describe('without a cache', () => {
  test('the file is read in ranges, from the first address that has it', async () => {
    await serve((_n, { path }) => (path.startsWith('/a') ? { status: 404 } : undefined))
    const source = await resolveFile(file, { cache: null, mirrors: [`${server.url}/a`] })
    expect(await source.read(12 * MIB, 100)).toEqual(data.slice(12 * MIB, 12 * MIB + 100))
    expect(server.sent).toBeLessThan(200_000)
    const plain = await resolveFile(file) // Node has no Cache API
    expect(plain.size).toBe(data.length)
    expect(server.sent).toBeLessThan(300_000)
  })

  test('a file of another size is refused', async () => {
    await serve(() => ({ file: served(data.subarray(1)) }))
    const error = await refusal(get({ cache: null }))
    expect(error.code).toBe('integrity')
    expect(error.message).toContain(`must have ${data.length} bytes, got ${data.length - 1}`)
  })
})
