import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PNG } from 'pngjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { choose, decodeBatch, readTest, readTraining } from '../../examples/lesson/cifar.ts'
import { DataError } from '../../src/errors.ts'
import { sampleSize } from '../../src/tensor.ts'

/** A PNG of rows whose pixels are given by row and column. */
function png(width: number, height: number, pixel: (row: number, column: number) => readonly [r: number, g: number, b: number]): Buffer {
  const made = new PNG({ width, height })
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) made.data.set([...pixel(y, x), 255], 4 * (y * width + x))
  }
  return PNG.sync.write(made, { deflateLevel: 1, filterType: 0 })
}

describe('a batch', () => {
  test('is one picture per row of pixels, row-major, RGB', async () => {
    const batch = await decodeBatch(png(1024, 2, (row, column) => [row + 1, column % 256, column >> 8]))
    expect(batch.shape).toEqual([2, 32, 32, 3])
    const at = (n: number, y: number, x: number) => [...batch.data.subarray(((n * 32 + y) * 32 + x) * 3, ((n * 32 + y) * 32 + x) * 3 + 3)]
    expect(at(0, 0, 0)).toEqual([1, 0, 0])
    expect(at(0, 1, 2)).toEqual([1, 34, 0])
    expect(at(1, 31, 31)).toEqual([2, 255, 3])
  })

  test('of another width is refused', async () => {
    await expect(decodeBatch(png(1000, 1, () => [0, 0, 0]))).rejects.toThrow('[cifar10] a batch must have rows of 1024 pixels, got 1000')
    await expect(decodeBatch(Uint8Array.of(1, 2, 3))).rejects.toThrow(DataError)
  })
})

test('choosing: different numbers, the same for the same seed', () => {
  const chosen = choose(500, 600, 7)
  expect(new Set(chosen).size).toBe(500)
  expect(chosen.every((n) => Number.isInteger(n) && n >= 0 && n < 600)).toBe(true)
  expect(choose(500, 600, 7)).toEqual(chosen)
  expect(choose(500, 600, 8)).not.toEqual(chosen)
  expect(choose(3, 3, 1).sort()).toEqual([0, 1, 2])
})

describe('a data set', () => {
  let folder: string
  /** The label of picture n of the training set: also what its pixels say. */
  const label = (n: number) => (n * 7) % 10

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thaw-cifar-'))
    const rows = (offset: number) => png(1024, 10_000, (row) => [label(offset + row), row >> 8, row & 255])
    await writeFile(join(folder, 'data_batch_1.png'), rows(0))
    await writeFile(join(folder, 'data_batch_2.png'), rows(10_000))
    await writeFile(join(folder, 'test_batch.png'), rows(0))
    await writeFile(join(folder, 'train_lables.json'), JSON.stringify(Array.from({ length: 50_000 }, (_, n) => label(n))))
    await writeFile(join(folder, 'test_lables.json'), JSON.stringify(Array.from({ length: 10_000 }, (_, n) => label(n))))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('pictures and labels belong together, across files; further files are not opened', async () => {
    const seen: string[] = []
    const { x, y } = await readTraining({ folder, count: 10_001, seed: 3, onProgress: (done, total) => seen.push(`${done}/${total}`) })
    expect(x.shape).toEqual([10_001, 32, 32, 3])
    expect(seen).toEqual(['0/2', '1/2', '2/2'])
    const wrong = y.filter((l, i) => x.data[i * sampleSize(x.shape)] !== l)
    expect(wrong).toEqual([])
    expect(new Set(y).size).toBe(10)
  })

  test('test pictures come from the test file, other ones for another seed', async () => {
    const rowsOf = async (seed: number) => {
      const { x, y } = await readTest({ folder, count: 50, seed })
      expect(y).toHaveLength(50)
      return y.map((_, i) => 256 * x.data[i * 3072 + 1]! + x.data[i * 3072 + 2]!)
    }
    const rows = await rowsOf(1)
    expect(new Set(rows).size).toBe(50)
    expect(await rowsOf(1)).toEqual(rows)
    expect(await rowsOf(2)).not.toEqual(rows)
  })

  test('an abort ends it before the next file', async () => {
    await expect(readTest({ folder, count: 1, seed: 0, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  })
})
