/** The weight cache in a folder: what lies there when, what is used in place, and several users at once. */
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FileError } from '../../src/errors.ts'
import type { ByteSource } from '../../src/loaders/bytes/bytes.ts'
import { resolveFile, type PinnedFile, type ResolveOptions } from '../../src/loaders/weights/weight_store.ts'
import type { PartialFile, WeightCache } from '../../src/loaders/weights/cache.ts'
import { cacheFolder } from '../../src/node/cache_folder.ts'
import { weightCache, type WeightCacheOptions } from '../../src/node/weight_cache.ts'
import { served, serveFile, type FileServer, type Misbehaviour } from '../support/file_server.ts'

const MIB = 1024 * 1024
const data = Uint8Array.from({ length: 9 * MIB + 77 }, (_, i) => (i * 13 + (i >> 11)) % 251)
const hashOf = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex')
const md5Of = async (source: ByteSource) => hashOf(await source.read(0, source.size))

let root: string
let home: string
let server: FileServer
let file: PinnedFile

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'thaw-weights-'))
  file = { file: 'net.h5', url: '', bytes: data.length, md5: hashOf(data) }
  home = join(root, 'cache', 'weights', file.md5)
})
afterEach(async () => {
  await server.close()
  await rm(root, { recursive: true, force: true })
})

async function serve(misbehave?: (n: number) => Misbehaviour | undefined): Promise<void> {
  server = await serveFile(served(data), misbehave)
  file = { ...file, url: `${server.url}/net.h5` }
}

const get = (options: ResolveOptions = {}, cache: WeightCacheOptions = {}) =>
  resolveFile(file, { cache: weightCache({ cacheFolder: join(root, 'cache'), ...cache }), retryPause: 1, ...options })
const begin = (n: number) => Number(/^bytes=(\d+)-$/.exec(server.requests[n]!.range ?? 'none')?.[1])

describe('a folder', () => {
  test('holds the file under its own name, and nothing else', async () => {
    await serve()
    const source = await get()
    expect(await md5Of(source)).toBe(file.md5)
    expect(await source.read(9 * MIB, 77)).toEqual(data.slice(9 * MIB))
    expect(await readdir(home)).toEqual(['net.h5'])
    expect(hashOf(await readFile(join(home, 'net.h5')))).toBe(file.md5)
    await get()
    expect(server.requests.length).toBe(1)
  })

  test('is the one in THAW_CACHE unless another is named', async () => {
    await serve()
    const before = process.env['THAW_CACHE']
    process.env['THAW_CACHE'] = join(root, 'named')
    try {
      await resolveFile(file, { cache: weightCache() })
    } finally {
      if (before === undefined) delete process.env['THAW_CACHE']
      else process.env['THAW_CACHE'] = before
    }
    expect(await readdir(join(root, 'named', 'weights', file.md5))).toEqual(['net.h5'])
  })

  test('keeps a part while the file is incomplete, which the next call goes on with', async () => {
    await serve((n) => (n === 0 ? { cutAfter: 8 * MIB + 1000 } : undefined))
    await expect(get({ retries: 0 })).rejects.toThrow('must not end early')
    expect(await readdir(home)).toEqual(['net.h5.part'])
    expect((await stat(join(home, 'net.h5.part'))).size).toBeGreaterThan(8 * MIB)
    expect(await md5Of(await get())).toBe(file.md5)
    expect(begin(1)).toBeGreaterThan(8 * MIB)
    expect(await readdir(home)).toEqual(['net.h5'])
  })

  test('has nothing left of a file with a wrong hash, nor of one that never began', async () => {
    await serve((n) => (n === 0 ? { file: served(data.map((v) => v ^ 1)) } : { status: 404 }))
    await expect(get()).rejects.toThrow(`must have the MD5 hash ${file.md5}`)
    expect(await readdir(home)).toEqual([])
    await expect(get()).rejects.toThrow('got HTTP 404')
    expect(await readdir(home)).toEqual([])
  })

  test('gets a file anew that was cut behind our back', async () => {
    await serve()
    await get()
    await writeFile(join(home, 'net.h5'), data.subarray(0, 1000))
    expect(await md5Of(await get())).toBe(file.md5)
    expect(server.requests.length).toBe(2)
  })

  test.each([
    ['where a file has its name', () => writeFile(join(root, 'cache'), 'not a folder')],
    ['read-only', () => mkdir(join(root, 'cache'), { mode: 0o500 })],
  ])('that cannot be written to, %s, is done without', async (_how, spoil) => {
    await serve()
    await spoil()
    const notes: string[] = []
    const weights = join(root, 'cache', 'weights')
    // Root may write everywhere: a folder of root's is as read-only as a file's name.
    if (_how === 'read-only' && process.getuid?.() === 0) await writeFile(weights, '')
    const source = await get({ onNote: (note) => notes.push(note) })
    expect(notes).toEqual([expect.stringMatching(/^\[net\.h5\] the cache must be able to keep the file, got .*E(ACCES|NOTDIR|EXIST)/)])
    expect(await md5Of(source)).toBe(file.md5)
  })

  test('on a disk that is full is done without, and keeps what fits', async () => {
    await serve()
    const folder = weightCache({ cacheFolder: join(root, 'cache') })
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    const cache: WeightCache = {
      ...folder,
      async open(pin, signal) {
        const part = await folder.open(pin, signal)
        const append = (bytes: Uint8Array<ArrayBuffer>) => (part.size ? Promise.reject(full) : part.append(bytes))
        return Object.create(part, { append: { value: append } }) as PartialFile
      },
    }
    const notes: string[] = []
    const source = await get({ cache, onNote: (note) => notes.push(note) })
    expect(notes).toEqual([expect.stringContaining('got Error: ENOSPC: no space left on device')])
    expect(await md5Of(source)).toBe(file.md5)
    expect((await stat(join(home, 'net.h5.part'))).size).toBe(8 * MIB)
  })
})

describe('without a name', () => {
  let before: string
  beforeEach(() => {
    before = process.cwd()
    process.chdir(root)
    vi.stubEnv('THAW_CACHE', undefined)
    vi.stubEnv('XDG_CACHE_HOME', join(root, 'xdg'))
    vi.stubEnv('LOCALAPPDATA', join(root, 'local'))
    vi.stubEnv('HOME', join(root, 'home'))
  })
  afterEach(() => {
    process.chdir(before)
    vi.unstubAllEnvs()
  })
  const former = () => join(root, '.cache', 'weights', file.md5)
  const plain = () => resolveFile(file, { cache: weightCache(), retryPause: 1 })

  test("it is the user's, and nothing is written into the working folder", async () => {
    await serve()
    await plain()
    expect(await readdir(join(cacheFolder(), 'weights', file.md5))).toEqual(['net.h5'])
    expect(cacheFolder().startsWith(root)).toBe(true)
    expect(await readdir(root)).not.toContain('.cache')
  })

  test('what was downloaded into .cache of the working folder is used there, not fetched again', async () => {
    await serve()
    await mkdir(former(), { recursive: true })
    await writeFile(join(former(), 'net.h5'), data)
    expect(await md5Of(await plain())).toBe(file.md5)
    expect(server.requests.length).toBe(0)
  })

  test.each([
    ['of another size', data.subarray(1)],
    ['with another hash', data.map((v) => v ^ 1)],
  ])('but not one %s', async (_what, bytes) => {
    await serve()
    await mkdir(former(), { recursive: true })
    await writeFile(join(former(), 'net.h5'), bytes)
    expect(await md5Of(await plain())).toBe(file.md5)
    expect(server.requests.length).toBe(1)
  })
})

describe('what a process left that was killed', () => {
  /** A part of a process, as old as is said. */
  async function leave(pid: number, bytes: number, seconds: number): Promise<void> {
    await mkdir(home, { recursive: true })
    const path = join(home, `net.h5.part-${pid}-0123abcd`)
    await writeFile(path, data.subarray(0, bytes))
    const time = new Date(Date.now() - 1000 * seconds)
    await utimes(path, time, time)
  }
  /** No process has this number: Linux has at most 2^22. */
  const NOBODY = 2 ** 22 + 1

  test('is gone on with: the largest of it', async () => {
    await serve()
    await leave(NOBODY, 5 * MIB, 0)
    await leave(NOBODY + 1, 6 * MIB, 0)
    await get()
    expect(begin(0)).toBe(6 * MIB)
    expect(await readdir(home)).toEqual(['net.h5'])
  })

  test('also under a number that another process has by now', async () => {
    await serve()
    await leave(process.ppid, 5 * MIB, 61)
    await get()
    expect(begin(0)).toBe(5 * MIB)
  })

  test('a process that lives is waited for', async () => {
    await serve()
    await leave(process.ppid, 5 * MIB, 0)
    const stop = new AbortController()
    setTimeout(() => stop.abort(new Error('enough')), 700)
    await expect(get({ signal: stop.signal })).rejects.toThrow('enough')
    expect(server.requests.length).toBe(0)
    setTimeout(() => void rm(join(home, `net.h5.part-${process.ppid}-0123abcd`)), 400)
    expect((await get()).size).toBe(data.length)
    expect(server.requests.length).toBe(1)
  })
})

describe('several users at once', () => {
  test('in one process: one downloads', async () => {
    await serve()
    const sources = await Promise.all([get(), get(), get()])
    for (const source of sources) expect(await md5Of(source)).toBe(file.md5)
    expect(server.requests.length).toBe(1)
  })

  test('of which the first gives up: the next one goes on', async () => {
    await serve()
    const stop = new AbortController()
    let second: Promise<ByteSource> | undefined
    const first = get({
      signal: stop.signal,
      onProgress({ loadedBytes }) {
        second ??= get()
        if (loadedBytes > 2 * MIB) stop.abort(new Error('enough'))
      },
    })
    await expect(first).rejects.toThrow('enough')
    expect(await md5Of((await second)!)).toBe(file.md5)
    expect(begin(1)).toBeGreaterThan(2 * MIB)
  })

  test('in several processes: every one gets the file, whole', async () => {
    await serve()
    const script = join(root, 'child.mjs')
    const source = (path: string) => JSON.stringify(join(import.meta.dirname, '../../src', path))
    await build({
      stdin: {
        contents: `import { createHash } from 'node:crypto'
          import { resolveFile } from ${source('loaders/weights/weight_store.ts')}
          import { weightCache } from ${source('node/weight_cache.ts')}
          const [file, cacheFolder] = process.argv.slice(2)
          const found = await resolveFile(JSON.parse(file), { cache: weightCache({ cacheFolder }) })
          process.send(createHash('md5').update(await found.read(0, found.size)).digest('hex'))`,
        resolveDir: root,
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'es2022',
      outfile: script,
    })
    const child = () =>
      new Promise<string>((resolve, reject) => {
        const started = fork(script, [JSON.stringify(file), join(root, 'cache')])
        started.once('message', (hash) => resolve(hash as string))
        started.once('exit', (code) => reject(new Error(`the child must send a hash, got exit code ${code}`)))
      })
    expect(await Promise.all([child(), child(), child()])).toEqual([file.md5, file.md5, file.md5])
    expect(await readdir(home)).toEqual(['net.h5'])
  })
})

describe('a folder of files that are here already', () => {
  const local = () => join(root, 'mine')
  beforeEach(() => mkdir(local()))

  test('is looked in first; a file there is used in place and checked once', async () => {
    await serve()
    const path = join(local(), 'net.h5')
    const time = new Date('2026-01-02T03:04:05Z')
    await writeFile(path, data)
    await utimes(path, time, time)
    const source = await get({}, { folder: local() })
    expect(await source.read(100, 1000)).toEqual(data.slice(100, 1100))
    expect(await readdir(home)).toEqual(['checked.json'])
    // Same size and time, so not hashed again; another time, so hashed again.
    await writeFile(
      path,
      data.map((v) => v ^ 1),
    )
    await utimes(path, time, time)
    await get({}, { folder: local() })
    await utimes(path, time, new Date(time.getTime() + 5000))
    const error = await get({}, { folder: local() }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(FileError)
    expect((error as FileError).code).toBe('integrity')
    expect((error as FileError).message).toContain(`${path}] the file must have the MD5 hash ${file.md5}`)
    expect(server.requests.length).toBe(0)
  })

  test('with a file of another size under this name, or none, is passed over', async () => {
    await serve()
    await get({}, { folder: local() })
    await rm(join(root, 'cache'), { recursive: true })
    await writeFile(join(local(), 'net.h5'), data.subarray(1))
    expect(await md5Of(await get({}, { folder: local() }))).toBe(file.md5)
    expect(server.requests.length).toBe(2)
  })

  test('with another file under this name is passed over where no size is pinned', async () => {
    await serve()
    await writeFile(
      join(local(), 'net.h5'),
      data.map((v) => v ^ 1),
    )
    file = { file: file.file, url: file.url, md5: file.md5 }
    expect(await md5Of(await get({}, { folder: local() }))).toBe(file.md5)
  })
})
