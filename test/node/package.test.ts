/** Fetching pinned packages, with an npm of our own on the path: no network. */
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FileError } from '../../src/errors.ts'
import { fetchPackage, type PinnedPackage } from '../../src/node/package.ts'
import { untar } from '../../src/node/tar.ts'
import { paxPath, tar } from '../support/tar.ts'

let folder: string
let cache: string
const archive = () => join(folder, 'archive.tgz')
const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')

/** Stands for npm: what it does with the archive, as the body of a program with `fs`, `archive` and `args`. */
function npm(body: string): void {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  const program = `#!${process.execPath}
const fs = require('fs'), args = process.argv.slice(2), archive = ${JSON.stringify(archive())}
fs.appendFileSync(${JSON.stringify(join(folder, 'calls'))}, args.join(' ') + '\\n')
${body}`
  writeFileSync(join(bin, 'npm'), program)
  chmodSync(join(bin, 'npm'), 0o755)
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env['PATH']}`)
}
const COPY = "fs.copyFileSync(archive, 'pictures-1.0.0.tgz')"

function pin(files: Parameters<typeof tar>[0]): PinnedPackage {
  const bytes = gzipSync(tar(files))
  writeFileSync(archive(), bytes)
  return {
    package: 'pictures',
    version: '1.0.0',
    integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
    bytes: bytes.length,
  }
}
const FILES = [
  { name: 'package/package.json', data: '{}' },
  { name: 'package/data/one.txt', data: 'one' },
]
const read = (path: string, name = 'data/one.txt') => readFileSync(join(path, name), 'utf8')

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thaw-package-test-'))
  cache = join(folder, 'cache')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(process.platform === 'win32')('fetchPackage', () => {
  test('packs the pinned version without install scripts, once, and leaves nothing else behind', async () => {
    npm(COPY)
    const pinned = pin(FILES)
    const first = await fetchPackage(pinned, { cacheFolder: cache })
    expect(read(first)).toBe('one')
    expect(await fetchPackage(pinned, { cacheFolder: cache })).toBe(first)
    expect(calls().length).toBe(1)
    expect(calls()[0]).toMatch(/^pack pictures@1\.0\.0 --ignore-scripts /)
    expect(readdirSync(cache).length).toBe(1)
  })

  test('another hash is another package, and another scope another folder', async () => {
    npm(COPY)
    const one = await fetchPackage(pin(FILES), { cacheFolder: cache })
    const two = await fetchPackage(pin([{ name: 'package/data/one.txt', data: 'two' }]), { cacheFolder: cache })
    expect([read(one), read(two)]).toEqual(['one', 'two'])
    const scoped = await fetchPackage({ ...pin(FILES), package: '@somebody/pictures' }, { cacheFolder: cache })
    expect(read(scoped)).toBe('one')
    expect(readdirSync(cache).length).toBe(3)
  })

  test.each([
    ['a changed file', (path: string) => writeFileSync(join(path, 'data/one.txt'), 'oNe')],
    ['a missing file', (path: string) => rmSync(join(path, 'data/one.txt'))],
    ['a missing list', (path: string) => rmSync(join(path, '..', 'contents.json'))],
  ])('fetches again over %s in the cache', async (_, damage) => {
    npm(COPY)
    const pinned = pin(FILES)
    const path = await fetchPackage(pinned, { cacheFolder: cache })
    damage(path)
    expect(read(await fetchPackage(pinned, { cacheFolder: cache }))).toBe('one')
    expect(calls().length).toBe(2)
    expect(readdirSync(cache).length).toBe(1)
  })

  test('an archive with another hash is refused with both, and not kept', async () => {
    npm(COPY)
    const pinned = { ...pin(FILES), integrity: 'sha512-AAAA' }
    const found = pin(FILES).integrity
    const error = await fetchPackage(pinned, { cacheFolder: cache }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(FileError)
    expect(error).toMatchObject({
      code: 'integrity',
      message: `[pictures@1.0.0] the archive must have the hash sha512-AAAA, got ${found}`,
    })
    expect(readdirSync(cache)).toEqual([])
  })

  test('a member that leaves the folder is refused, also where the names begin alike', async () => {
    npm(COPY)
    for (const name of ['../whole2/x', 'package/../../x', '/tmp/thaw-x']) {
      const refused = fetchPackage(pin([{ name, data: 'x' }]), { cacheFolder: cache })
      await expect(refused).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining(name) as string })
    }
    expect(readdirSync(cache)).toEqual([])
  })

  test("npm's failure is told in its own words, and so is npm's absence", async () => {
    npm("console.error('E404 no such version'); process.exitCode = 1")
    const refused = fetchPackage(pin(FILES), { cacheFolder: cache })
    await expect(refused).rejects.toMatchObject({
      code: 'http',
      message: expect.stringContaining('exit code 1: E404 no such version') as string,
    })
    npm('')
    await expect(fetchPackage(pin(FILES), { cacheFolder: cache })).rejects.toThrow('npm pack must write an archive, got none')
    vi.stubEnv('PATH', join(folder, 'nothing'))
    await expect(fetchPackage(pin(FILES), { cacheFolder: cache })).rejects.toThrow('ENOENT')
    expect(readdirSync(cache)).toEqual([])
  })

  test('progress follows what npm has written so far, and ends at the pinned size', async () => {
    const said = join(folder, 'said')
    npm(`fs.mkdirSync('npm/tmp', { recursive: true }); fs.writeFileSync('npm/tmp/part', Buffer.alloc(100))
      const rest = setInterval(() => { if (!fs.existsSync(${JSON.stringify(said)})) return; clearInterval(rest); ${COPY} }, 20)`)
    const pinned = pin(FILES)
    const seen: number[] = []
    const onProgress = (p: { loadedBytes: number; totalBytes: number }) => {
      expect(p.totalBytes).toBe(pinned.bytes)
      seen.push(p.loadedBytes)
      if (p.loadedBytes === 100) writeFileSync(said, '')
    }
    await fetchPackage(pinned, { cacheFolder: cache, onProgress })
    expect(seen).toContain(100)
    expect(seen.at(-1)).toBe(pinned.bytes)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    const count = seen.length
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(seen.length).toBe(count)
  })

  test('an abort ends npm and leaves nothing', async () => {
    npm(`fs.writeFileSync(${JSON.stringify(join(folder, 'started'))}, ''); setTimeout(() => { ${COPY} }, 20_000)`)
    const abort = new AbortController()
    const fetching = fetchPackage(pin(FILES), { cacheFolder: cache, signal: abort.signal })
    await vi.waitUntil(() => existsSync(join(folder, 'started')), { timeout: 10_000 })
    abort.abort(new Error('enough'))
    await expect(fetching).rejects.toThrow('enough')
    expect(readdirSync(cache)).toEqual([])
    await expect(fetchPackage(pin(FILES), { cacheFolder: cache, signal: abort.signal })).rejects.toThrow('enough')
    expect(calls().length).toBe(1)
  })

  test('two that fetch at the same time end with the same folder', async () => {
    npm(`setTimeout(() => { ${COPY} }, 300)`)
    const pinned = pin(FILES)
    const [a, b] = await Promise.all([fetchPackage(pinned, { cacheFolder: cache }), fetchPackage(pinned, { cacheFolder: cache })])
    expect(a).toBe(b)
    expect(read(a)).toBe('one')
    expect(readdirSync(cache).length).toBe(1)
  })

  test.each([
    [{ package: '../../escaped' }, '[package] the name must be npm\'s, got "../../escaped"'],
    [{ package: '@a/../../b' }, '[package] the name must be npm\'s, got "@a/../../b"'],
    [{ package: '--prefix=/' }, '[package] the name must be npm\'s, got "--prefix=/"'],
    [{ package: 'a;touch b' }, '[package] the name must be npm\'s, got "a;touch b"'],
    [{ package: '' }, '[package] the name must be npm\'s, got ""'],
    [{ version: '../../1' }, '[pictures] the version must be npm\'s, got "../../1"'],
    [{ version: '1 && x' }, '[pictures] the version must be npm\'s, got "1 && x"'],
  ])('%j is refused, and npm not asked', async (change, message) => {
    npm(COPY)
    await expect(fetchPackage({ ...pin(FILES), ...change }, { cacheFolder: cache })).rejects.toMatchObject({ code: 'argument', message })
    expect(existsSync(join(folder, 'calls'))).toBe(false)
    expect(existsSync(cache)).toBe(false)
  })
})

describe('untar', () => {
  const names = (bytes: Buffer) => [...untar(bytes)].map(({ name, data }) => [name, data.toString()])

  test('gives plain files, with prefixes and pax paths, and skips the rest', () => {
    const long = `package/${'x'.repeat(150)}/ä.txt`
    const bytes = tar([
      { name: 'package/', data: '', type: '5' },
      { name: './package/a.txt', data: 'a'.repeat(513) },
      { name: 'package/link', data: '', type: '2' },
      { name: 'b.txt', data: '', prefix: 'package/deep' },
      paxPath(long),
      { name: 'cut', data: 'long' },
      { name: 'package/c.txt', data: 'c' },
    ])
    expect(names(bytes)).toEqual([
      ['package/a.txt', 'a'.repeat(513)],
      ['package/deep/b.txt', ''],
      [long, 'long'],
      ['package/c.txt', 'c'],
    ])
  })

  test('an archive that ends within a file is refused', () => {
    const bytes = tar([{ name: 'a.txt', data: 'a'.repeat(2000) }])
    expect(() => names(bytes.subarray(0, 1500))).toThrow('must hold 2000 bytes of a.txt, got 988')
  })
})
