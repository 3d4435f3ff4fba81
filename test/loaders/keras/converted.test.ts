/** Weights converted while they are read: any slice is the slice of the whole, and no more is read or held than needed. */
import { describe, expect, test } from 'vitest'
import { ArgumentError } from '../../../src/errors.ts'
import { channelsLast, joined, mapped, transposed } from '../../../src/loaders/keras/converted.ts'
import type { TensorSource } from '../../../src/tensor_source.ts'
import { sizeOf, type Shape } from '../../../src/shape.ts'

/** Values that are their own index, and the ranges that were read. */
function numbers(shape: Shape) {
  const reads: [begin: number, end: number][] = []
  const source: TensorSource = {
    shape,
    read: (begin, end, signal) =>
      new Promise((resolve) => {
        signal?.throwIfAborted()
        reads.push([begin, end])
        resolve(Float32Array.from({ length: end - begin }, (_, i) => begin + i))
      }),
  }
  return { source, reads }
}

async function expectSlices(source: TensorSource, whole: readonly number[]): Promise<void> {
  expect([...(await source.read(0, whole.length))]).toEqual(whole)
  for (const [begin, end] of [
    [0, 1],
    [1, 7],
    [5, 5],
    [3, whole.length],
    [whole.length - 1, whole.length],
  ] as const) {
    expect([...(await source.read(begin, end))], `[${begin},${end}]`).toEqual(whole.slice(begin, end))
  }
}

describe('transposed', () => {
  const [K, C, R, S] = [5, 4, 2, 3]
  const expected = (flip: boolean) => {
    const out: number[] = []
    for (let r = 0; r < R; r++)
      for (let s = 0; s < S; s++)
        for (let c = 0; c < C; c++)
          for (let k = 0; k < K; k++) out.push(((k * C + c) * R + (flip ? R - 1 - r : r)) * S + (flip ? S - 1 - s : s))
    return out
  }
  test.each([false, true])('from Theano’s axes, flip %s', async (flip) => {
    const source = transposed(numbers([K, C, R, S]).source, [2, 3, 1, 0], flip)
    expect(source.shape).toEqual([R, S, C, K])
    await expectSlices(source, expected(flip))
  })
  test('nothing to do is the source itself', () => {
    const { source } = numbers([1, 2, 3, 4])
    expect(transposed(source, [0, 1, 2, 3], false)).toBe(source)
    expect(transposed(source, [0, 1, 2, 3], true)).not.toBe(source)
  })
  test('the file is read once, until the end has been read', async () => {
    const { source, reads } = numbers([K, C, R, S])
    const kernel = transposed(source, [2, 3, 1, 0], false)
    const count = sizeOf(source.shape)
    for (let at = 0; at < count; at += 50) await kernel.read(at, Math.min(count, at + 50))
    expect(reads).toEqual([[0, count]])
    await kernel.read(0, 1)
    expect(reads.length).toBe(2)
  })
  test('a failed read is tried again', async () => {
    const kernel = transposed(numbers([K, C, R, S]).source, [2, 3, 1, 0], false)
    await expect(kernel.read(0, 9, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
    expect((await kernel.read(0, 9)).length).toBe(9)
  })
  test('a range outside', async () => {
    const kernel = transposed(numbers([K, C, R, S]).source, [2, 3, 1, 0], false)
    for (const [begin, end] of [[-1, 2], [0, 121], [3, 2], [NaN, 1]] as const) await expect(kernel.read(begin, end)).rejects.toThrow(ArgumentError) // prettier-ignore
  })
})

describe('channelsLast', () => {
  const rowOf = (p: number, c: number, positions: number) => c * positions + p
  test.each([[[12, 5]], [[12]]])('%o', async (shape) => {
    const row = sizeOf(shape.slice(1))
    const expected = [0, 1, 2, 3].flatMap((p) => [0, 1, 2].flatMap((c) => Array.from({ length: row }, (_, i) => rowOf(p, c, 4) * row + i)))
    await expectSlices(channelsLast(numbers(shape).source, [2, 2, 3]), expected)
  })
  test('large ones by positions: runs of rows, each value read once, 64 MiB held at most', async () => {
    const [H, W, C, row] = [3, 3, 64, 40_000]
    const { source, reads } = numbers([H * W * C, row])
    const weights = channelsLast(source, [H, W, C])
    const count = sizeOf(source.shape)
    const slice = 4 * 1024 * 1024
    for (let at = 0; at < count; at += slice) {
      const values = await weights.read(at, Math.min(count, at + slice))
      const [p, c] = [Math.floor(at / row / C), Math.floor(at / row) % C]
      expect(values[0]).toBe(Math.fround(rowOf(p, c, H * W) * row + (at % row)))
    }
    expect(reads.reduce((n, [begin, end]) => n + end - begin, 0)).toBe(count)
    // 6 positions of 64 rows of 40,000 f32 are 61 MB.
    expect(Math.max(...reads.map(([begin, end]) => end - begin))).toBe(6 * row)
    expect(reads.length).toBe(2 * C)
  })
})

test('joined along the last axis', async () => {
  const [a, b] = [numbers([2, 3, 2]), numbers([2, 3, 1])]
  const whole = [0, 1, 2, 3, 4, 5].flatMap((row) => [2 * row, 2 * row + 1, row])
  const source = joined([a.source, b.source])
  expect(source.shape).toEqual([2, 3, 3])
  await expectSlices(source, whole)
  a.reads.length = 0
  await source.read(4, 8)
  expect(a.reads).toEqual([[2, 6]])
  await expect(source.read(0, 19)).rejects.toThrow(ArgumentError)
})

test('mapped', async () => {
  await expectSlices(
    mapped(numbers([8]).source, (v) => 2 * v),
    [0, 2, 4, 6, 8, 10, 12, 14],
  )
})
