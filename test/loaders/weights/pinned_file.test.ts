/** Names and hashes of pinned files are part of paths in caches: none may lead out of one. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ArgumentError } from '../../../src/errors.ts'
import { cacheStore } from '../../../src/loaders/weights/cache_store.ts'
import { classIndexFile, officialWeights, type PinnedFile } from '../../../src/loaders/weights/manifest.ts'
import { resolveFile, type WeightCache } from '../../../src/loaders/weights/weight_store.ts'
import { weightCache } from '../../../src/node/weight_cache.ts'
import { fakeCaches } from '../../support/response_cache.ts'

const content = new TextEncoder().encode('content')
const pin: PinnedFile = { file: 'net.h5', url: 'https://weights.example/net.h5', md5: '9a0364b9e99bb480dd25e1f0284c8555' }
const fetch = () => Promise.resolve(new Response(content))

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'thaw-pinned-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const NAMES = [
  '../../escaped.txt',
  '../escaped.txt',
  'a/../../../escaped.txt',
  'a/b.h5',
  '/tmp/escaped.txt',
  '..\\..\\escaped.txt',
  '\\\\server\\share\\escaped.txt',
  'C:\\escaped.txt',
  'C:escaped.txt',
  'net.h5:stream',
  'net\0.h5',
  'net\n.h5',
  'NUL',
  'com1.h5',
  'net.h5.',
  'net.h5 ',
  '..',
  '.',
  '',
  `${'x'.repeat(198)}.h5`,
  `${'ä'.repeat(99)}.h5`,
]
const refusal = (file: string) =>
  new ArgumentError(
    'pinned file',
    `the file's name must be of 1 to 200 bytes and name a file in one folder, on every system, got ${JSON.stringify(file)}`,
  )

const CACHES: readonly (readonly [where: string, cacheOf: () => WeightCache | null])[] = [
  ['a folder', () => weightCache({ cacheFolder: join(folder, 'deep', 'cache') })],
  ["the browser's cache", () => cacheStore(fakeCaches())],
  ['no cache', () => null],
]
describe.each(CACHES)('%s', (_where, cacheOf) => {
  test.each(NAMES)('takes no file named %j', async (file) => {
    const cache = cacheOf()
    const evil = { ...pin, file }
    await expect(resolveFile(evil, { cache, fetch, retries: 0 })).rejects.toThrow(refusal(file))
    const opened = async (): Promise<unknown> => cache?.open(evil)
    if (cache) await expect(opened()).rejects.toThrow(refusal(file))
    expect(readdirSync(folder)).toEqual([])
    expect(existsSync('/tmp/escaped.txt')).toBe(false)
  })

  test.each(['../../..', '', 'ABCDEF', `${pin.md5}/`, pin.md5.toUpperCase()])('nor one with the hash %j', async (md5) => {
    const rule = `the MD5 hash must be 32 digits, 0 to 9 and a to f, got ${JSON.stringify(md5)}`
    await expect(resolveFile({ ...pin, md5 }, { cache: cacheOf(), fetch })).rejects.toThrow(new ArgumentError('net.h5', rule))
    expect(readdirSync(folder)).toEqual([])
  })
})

test.each(['net.h5', 'a b (1).h5', '.hidden', 'ネット.h5', '100%.h5', 'null.h5', 'x'.repeat(200)])(
  'a file named %j is kept',
  async (file) => {
    for (const cache of [weightCache({ cacheFolder: folder }), cacheStore(fakeCaches())]) {
      const source = await resolveFile({ ...pin, file }, { cache, fetch })
      expect([source.name, await source.read(0, source.size)]).toEqual([file, content])
    }
    expect(readdirSync(join(folder, 'weights', pin.md5))).toEqual([file])
  },
)

test('the official files have such names and hashes', () => {
  const rule = /^[\w.-]+$/
  for (const { file, md5 } of [classIndexFile, officialWeights('vgg16', 'withTop'), officialWeights('resnet50_legacy', 'withoutTop')]) {
    expect(file).toMatch(rule)
    expect(md5).toMatch(/^[0-9a-f]{32}$/)
  }
})
