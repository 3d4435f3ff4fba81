/** The reader against h5wasm, the HDF5 library itself: every group, dataset and attribute of every file. */
import h5wasm from 'h5wasm/node'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bytesSource } from '../../../src/loaders/bytes/bytes.ts'
import { Dataset } from '../../../src/loaders/hdf5/dataset.ts'
import { lookup3 } from '../../../src/loaders/hdf5/checksum.ts'
import { openHdf5, type Group } from '../../../src/loaders/hdf5/group.ts'
import { unlzf } from '../../../src/loaders/hdf5/lzf.ts'
import type { Attributes } from '../../../src/loaders/hdf5/attributes.ts'
import { sizeOf } from '../../../src/shape.ts'
import { keras, readAll, READABLE, source } from '../files.ts'

const folder = mkdtempSync(join(tmpdir(), 'thaw-hdf5-'))
beforeAll(async () => void (await h5wasm.ready))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The same file, without a user block that h5wasm would also read, through the oracle. */
function oracle(name: string): InstanceType<typeof h5wasm.File> {
  const path = join(folder, name)
  writeFileSync(path, keras(name))
  return new h5wasm.File(path, 'r')
}

async function expectAttributes(ours: Attributes, theirs: Record<string, { value: unknown }>): Promise<void> {
  expect(ours.names.sort()).toEqual(Object.keys(theirs).sort())
  for (const name of ours.names) {
    const value = theirs[name]!.value
    const flat = value === null ? [] : ArrayBuffer.isView(value) ? [...(value as unknown as Iterable<number>)].map(Number) : [value].flat()
    const strings = flat.map((v) => (typeof v === 'bigint' ? Number(v) : v))
    expect(await ours.get(name)).toEqual(strings)
  }
}

/** Compares everything below a group; returns how many datasets that was. */
async function expectSame(ours: Group, theirs: InstanceType<typeof h5wasm.Group>): Promise<number> {
  await expectAttributes(ours.attributes, theirs.attrs)
  expect([...ours.names].sort()).toEqual([...theirs.keys()].sort())
  let datasets = 0
  for (const name of ours.names) {
    const [mine, other] = [await ours.get(name), theirs.get(name)]
    if (!(mine instanceof Dataset)) {
      datasets += await expectSame(mine, other as InstanceType<typeof h5wasm.Group>)
      continue
    }
    datasets++
    const dataset = other as InstanceType<typeof h5wasm.Dataset>
    expect(mine.shape).toEqual(dataset.shape)
    if (mine.type.size === 2) continue // h5wasm cannot read half precision
    expect([...(await readAll(mine))]).toEqual([...(dataset.value as Float64Array)].map((v) => Math.fround(Number(v))))
  }
  return datasets
}

describe('against the HDF5 library', () => {
  test.each(READABLE)('%s', async (name) => {
    const file = oracle(name)
    expect(await expectSame(await openHdf5(bytesSource(keras(name))), file)).toBeGreaterThanOrEqual(7)
    file.close()
  })
})

test('links and attributes in dense storage, over several blocks and tree levels', async () => {
  const file = oracle('chunks.h5')
  const many = await (await openHdf5(bytesSource(keras('chunks.h5')))).group('many')
  expect([many.names.length, many.attributes.names.length]).toEqual([120, 120])
  expect(await expectSame(many, file.get('many') as InstanceType<typeof h5wasm.Group>)).toBe(120)
  file.close()
})

test('an attribute can be asked for again, and twice at once', async () => {
  const { attributes } = await openHdf5(source('names_variable_utf8.h5'))
  const name = attributes.names.find((n) => n === 'layer_names')!
  const first = await attributes.strings(name)
  expect(first!.length).toBeGreaterThan(1)
  expect(await Promise.all([attributes.strings(name), attributes.strings(name)])).toEqual([first, first])
})

test('half precision, by its values', async () => {
  const kernel = async (name: string) => readAll(await (await openHdf5(bytesSource(keras(name)))).dataset('conv1/conv1/kernel:0'))
  const [half, full] = [await kernel('keras2_float16.h5'), await kernel('keras2_weights.h5')]
  half.forEach((v, i) => expect(Math.abs(v - full[i]!)).toBeLessThanOrEqual(2 ** -11 * Math.abs(full[i]!) + 2 ** -25))
})

test.each(['keras2_gzip.h5', 'keras2_weights.h5'])('%s: any range of a dataset is that range', async (name) => {
  const dataset = await (await openHdf5(bytesSource(keras(name)))).dataset('predictions/predictions/kernel:0')
  const all = await readAll(dataset)
  for (const [begin, end] of [
    [0, 1],
    [7, 113],
    [5, 5],
    [all.length - 3, all.length],
    [1, all.length],
  ] as const) {
    expect(await dataset.read(begin, end)).toEqual(all.slice(begin, end))
  }
})

describe('chunks as libver latest finds them', () => {
  const dataset = async (name: string) => (await openHdf5(bytesSource(keras('chunks.h5')))).dataset(name)
  test.each(['single', 'single_gzip', 'fixed', 'fixed_gzip', 'paged', 'implicit'])('%s', async (name) => {
    const found = await dataset(name)
    const count = sizeOf(found.shape)
    expect(await readAll(found)).toEqual(Float32Array.from({ length: count }, (_, i) => i))
    expect(await found.read(13, count - 7)).toEqual(Float32Array.from({ length: count - 20 }, (_, i) => i + 13))
  })
  test('never written', async () => {
    expect(await readAll(await dataset('never_written'))).toEqual(new Float32Array(30))
  })
  test.each([
    ['growing', 'an extensible array'],
    ['growing_both', 'a B-tree of version 2'],
  ])('%s is refused', async (name, got) => {
    await expect(dataset(name)).rejects.toThrow(`got chunks found by ${got} (a dataset that can grow)`)
  })
})

test('bfloat16, by its values', async () => {
  const kernel = async (name: string) => readAll(await (await openHdf5(bytesSource(keras(name)))).dataset('layers/dense/vars/0'))
  const [brain, full] = [await kernel('keras3_bfloat16.weights.h5'), await kernel('keras3.weights.h5')]
  brain.forEach((v, i) => expect(Math.abs(v - full[i]!)).toBeLessThanOrEqual(2 ** -8 * Math.abs(full[i]!)))
})

test('a range outside a dataset is refused, whatever lies there in the file', async () => {
  const found = await (await openHdf5(bytesSource(keras('keras2_weights.h5')))).dataset('conv1/conv1/bias:0')
  for (const [begin, end] of [
    [0, 5],
    [-1, 2],
    [3, 2],
    [NaN, 1],
  ] as const) {
    await expect(found.read(begin, end)).rejects.toThrow(`a range must lie in [0,4], got [${begin},${end}]`)
  }
})

test('after an abort, a dataset can still be read', async () => {
  const found = await (await openHdf5(bytesSource(keras('keras2_gzip.h5')))).dataset('predictions/predictions/kernel:0')
  await expect(found.read(0, 9, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  expect((await found.read(0, 9)).length).toBe(9)
})

describe('checksums', () => {
  test.each([
    ['', 0xdeadbeef],
    ['Four score and seven years ago', 0x17770551],
  ])('lookup3 of "%s"', (words, sum) => {
    expect(lookup3(new TextEncoder().encode(words))).toBe(sum)
  })
  test('a changed byte of any structure that has one is found', async () => {
    const whole = keras('chunks.h5')
    const bytes = (mark: string) => Buffer.from(whole).lastIndexOf(mark)
    for (const mark of ['OHDR', 'FAHD', 'FADB', 'FRHP', 'BTHD', 'BTLF', 'BTIN', 'FHIB']) {
      const changed = whole.slice()
      changed[bytes(mark) + 11]! ^= 1
      const read = async () => {
        const root = await openHdf5(bytesSource(changed))
        for (const name of ['single', 'fixed', 'fixed_gzip', 'paged', 'never_written', 'implicit']) await readAll(await root.dataset(name))
        await root.group('many')
      }
      await expect(read(), mark).rejects.toThrow('must have the checksum that is stored with it, got another')
    }
  })
})

describe('lzf, which h5py has and the library has not', () => {
  const names = ['zeros', 'ramp', 'noise', 'far']
  const cases = ['lzf', 'lzf_shuffle', 'lzf_all'].flatMap((filters) => names.map((name) => [filters, name] as const))

  test.each(cases)('%s: %s', async (filters, name) => {
    const root = await openHdf5(source('filters.h5'))
    const [packed, plain] = [await root.dataset(`${filters}/${name}`), await root.dataset(`plain/${name}`)]
    expect(await readAll(packed)).toEqual(await readAll(plain))
    expect(await packed.read(37, 451)).toEqual(await plain.read(37, 451))
  })

  test('weights', async () => {
    const kernel = async (name: string) => readAll(await (await openHdf5(source(name))).dataset('conv1/conv1/kernel:0'))
    expect(await kernel('keras2_lzf.h5')).toEqual(await kernel('keras2_weights.h5'))
  })

  test.each<[string, number[], string]>([
    ['a run that breaks off', [5, 1, 2], 'one that breaks off'],
    ['a copy that breaks off', [0, 1, 0x20], 'one that breaks off'],
    ['a copy of what is not there', [0, 1, 0x20, 1], 'a copy of what is 2 bytes before byte 1'],
    ['a run that is too long', [9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 'more'],
    ['a copy that is too long', [0, 1, 0xe0, 250, 0], 'more'],
  ])('refuses %s', (_, bytes, got) => {
    expect(() => unlzf(Uint8Array.from(bytes), 8, '/x')).toThrow(
      `[hdf5] a chunk of /x must be a whole LZF stream of at most 8 bytes, got ${got}`,
    )
  })

  test('copies what it has just made', () => {
    expect([...unlzf(Uint8Array.from([1, 7, 8, 0x60, 1, 0, 9]), 20, '/x')]).toEqual([7, 8, 7, 8, 7, 8, 7, 9])
  })
})

describe('what is not read says so by name', () => {
  test('an unknown filter', async () => {
    const refused = async (name: string, bytes: Uint8Array<ArrayBuffer>) => (await openHdf5(bytesSource(bytes))).dataset(`refused/${name}`)
    const message = (got: string) => `[hdf5] filters must be deflate, lzf, shuffle or fletcher32, got filter ${got}`
    const file = keras('filters.h5')
    await expect(refused('scaleoffset', file)).rejects.toThrow(message('6 (scaleoffset) on /refused/scaleoffset'))
    await expect(refused('szip', file)).rejects.toThrow(message('4 (szip) on /refused/szip'))
    // Without the names of filters, as libver latest leaves out those of its own.
    const unnamed = Buffer.from(file)
    for (let at = unnamed.indexOf('szip'); at >= 0; at = unnamed.indexOf('szip', at + 1))
      if (unnamed.readUInt16LE(at - 8) === 4) unnamed.fill(0, at, at + 4)
    await expect(refused('szip', new Uint8Array(unnamed))).rejects.toThrow(message('4 (szip) on /refused/szip'))
  })
  test('a missing object, with what is there', async () => {
    const root = await openHdf5(bytesSource(keras('keras2_weights.h5')))
    await expect(root.get('conv1/conv1/kernal:0')).rejects.toThrow(
      '[hdf5] /conv1/conv1/kernal:0 must be in the file, got a group that holds bias:0, kernel:0',
    )
    await expect(root.get('conv1/conv1/kernel:0/x')).rejects.toThrow('must be a group to hold x, got a dataset')
    await expect(root.dataset('conv1')).rejects.toThrow('/conv1 must be a dataset, got a group')
  })
  test.each([
    ['an empty file', '', 'an empty file'],
    ['a web page', '<!DOCTYPE html><title>404</title>', 'a web page or XML'],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:00', 'a Git LFS pointer instead of the file'],
    ['JSON', '{"a": {}}', 'JSON'],
    ['other bytes', 'abcdefg\0', 'bytes 61 62 63 64 65 66 67 00'],
  ])('%s', async (_name, content, got) => {
    await expect(openHdf5(bytesSource(new TextEncoder().encode(content), 'weights.h5'))).rejects.toThrow(
      `[weights.h5] the file must be HDF5, got ${got}`,
    )
  })
  test('a .keras archive', async () => {
    await expect(openHdf5(bytesSource(keras('keras3.keras')))).rejects.toThrow('got a zip archive (a .keras file, perhaps)')
  })
})
