/** Folders that are unpacked once: damage and foreign hands are noticed, since what lies in them is run. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { brotliTar, unpackedOnce } from '../../src/node/unpack.ts'
import { tar } from '../support/tar.ts'

let temporary: string
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'thaw-unpack-test-'))
  vi.stubEnv('TMPDIR', temporary)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(temporary, { recursive: true, force: true })
})

const files = vi.fn(() => [
  { name: 'driver.so', data: Buffer.from('driver') },
  { name: 'fonts/one.ttf', data: Buffer.from('font') },
])
beforeEach(() => files.mockClear())

const contents = (folder: string) => [readFileSync(join(folder, 'driver.so'), 'utf8'), readFileSync(join(folder, 'fonts/one.ttf'), 'utf8')]

test('unpacks on first use only, for running, into a folder that only this user can write', () => {
  const folder = unpackedOnce('thing-1', files)
  expect(contents(folder)).toEqual(['driver', 'font'])
  expect(statSync(join(folder, 'driver.so')).mode & 0o777).toBe(0o755)
  expect(statSync(folder).mode & 0o022).toBe(0)
  expect(unpackedOnce('thing-1', files)).toBe(folder)
  expect(files).toHaveBeenCalledTimes(1)
  expect(unpackedOnce('thing-2', files)).not.toBe(folder)
  expect(readdirSync(temporary).length).toBe(2)
})

test('unpacks again where a file is missing or was cut short', () => {
  const folder = unpackedOnce('thing-1', files)
  rmSync(join(folder, 'fonts/one.ttf'))
  expect(contents(unpackedOnce('thing-1', files))).toEqual(['driver', 'font'])
  writeFileSync(join(folder, 'driver.so'), 'driv')
  expect(contents(unpackedOnce('thing-1', files))).toEqual(['driver', 'font'])
  expect(files).toHaveBeenCalledTimes(3)
  expect(readdirSync(temporary).length).toBe(1)
})

test.skipIf(process.platform === 'win32')('does not trust a folder that others can write to', () => {
  const folder = unpackedOnce('thing-1', files)
  writeFileSync(join(folder, 'driver.so'), 'DRIVER')
  chmodSync(folder, 0o777)
  expect(contents(unpackedOnce('thing-1', files))).toEqual(['driver', 'font'])
})

test('two that unpack at the same time end with the same folder', () => {
  let other: string | undefined
  const folder = unpackedOnce('thing-1', () => {
    other ??= unpackedOnce('thing-1', files)
    return files()
  })
  expect(folder).toBe(other)
  expect(contents(folder)).toEqual(['driver', 'font'])
  expect(readdirSync(temporary).length).toBe(1)
})

test('reads brotli-compressed archives', () => {
  const path = join(temporary, 'a', 'x.tar.br')
  mkdirSync(dirname(path))
  writeFileSync(path, brotliCompressSync(tar([{ name: './lib/a.so', data: 'aaa' }])))
  expect([...brotliTar(path)].map(({ name, data }) => [name, Buffer.from(data).toString()])).toEqual([['lib/a.so', 'aaa']])
})
