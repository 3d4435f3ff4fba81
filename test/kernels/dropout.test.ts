import { expect, test } from 'vitest'
import { dropout } from '../../src/kernels/dropout.ts'
import { dropoutMask, dropoutReference } from '../reference/elementwise.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const seed = (value: number, before = 0) => ({ shape: [2], data: Uint32Array.of(value, before) })

const affine = { scale: 0.75, shift: 0.3, dropped: -1.1 }

testOp(
  dropout,
  [
    { name: 'half', inputs: [spiked([5, 103], 1), seed(1)], attrs: { rate: 0.5, salt: 0 } },
    { name: 'another seed and salt', inputs: [spiked([5, 103], 1), seed(4294967295)], attrs: { rate: 0.5, salt: 4294967295 } },
    { name: 'a fifth', inputs: [spiked([3, 7, 7, 3], 2), seed(7)], attrs: { rate: 0.2, salt: 3 } },
    { name: 'nearly all', inputs: [spiked([1000], 3), seed(8)], attrs: { rate: 0.99, salt: 3 } },
    {
      name: 'whole samples',
      inputs: [spiked([9, 5, 7, 3], 2), seed(7)],
      attrs: { rate: 0.5, salt: 3, noise: { shared: 105, inner: 1, each: 1 } },
    },
    {
      name: 'whole channels',
      inputs: [spiked([4, 5, 7, 6], 2), seed(7)],
      attrs: { rate: 0.3, salt: 3, noise: { shared: 35, inner: 6, each: 6 } },
    },
    { name: 'behind 3 other rows', inputs: [spiked([5, 103], 1), seed(1, 3)], attrs: { rate: 0.5, salt: 0 } },
    {
      name: 'whole channels behind 3 other rows',
      inputs: [spiked([4, 5, 7, 6], 2), seed(7, 3)],
      attrs: { rate: 0.3, salt: 3, noise: { shared: 35, inner: 6, each: 6 } },
    },
    {
      name: 'alike in all rows, behind 3 others',
      inputs: [spiked([4, 5, 7, 6], 2), seed(7, 3)],
      attrs: { rate: 0.3, salt: 3, noise: { shared: 4, inner: 210, each: 0 } },
    },
    { name: 'to other values', inputs: [spiked([5, 103], 5), seed(6)], attrs: { rate: 0.3, salt: 2, affine } },
    {
      name: 'whole channels to other values',
      inputs: [spiked([4, 5, 7, 6], 2), seed(7)],
      attrs: { rate: 0.3, salt: 3, noise: { shared: 35, inner: 6, each: 6 }, affine },
    },
    { name: 'none', inputs: [spiked([300], 4), seed(9)], attrs: { rate: 0, salt: 3 } },
  ],
  dropoutReference,
)

/** Share of the positions where both masks keep. */
function together(a: readonly boolean[], b: readonly boolean[]): number {
  return a.filter((keep, i) => keep && b[i]).length / a.length
}

test('the hash drops the share asked for, and independently by seed, salt and index', () => {
  const size = 40_000
  const sigma = Math.sqrt(0.25 / size)
  const kept = (mask: readonly boolean[]) => mask.filter(Boolean).length / size
  for (const rate of [0.1, 0.5, 0.8]) {
    for (const value of [0, 1, 2, 123456789]) {
      const mask = dropoutMask(size, value, { rate, salt: 5 })
      expect(Math.abs(kept(mask) - (1 - rate)) / Math.sqrt((rate * (1 - rate)) / size)).toBeLessThan(4)
    }
  }
  const base = dropoutMask(size, 1, { rate: 0.5, salt: 5 })
  const others = [dropoutMask(size, 2, { rate: 0.5, salt: 5 }), dropoutMask(size, 1, { rate: 0.5, salt: 6 }), [...base.slice(1), base[0]!]]
  for (const other of others) expect(Math.abs(together(base, other) - 0.25) / sigma).toBeLessThan(4)
})

test('rows behind others are those of all of them', () => {
  const noise = { shared: 6, inner: 5, each: 5 }
  const of = (rows: number, before: number, attrs: object) => {
    const x = { shape: [rows, 2, 3, 5], data: new Float32Array(30 * rows).fill(1) }
    return [...dropoutReference([x, seed(7, before)], { rate: 0.5, salt: 3, ...attrs }).y]
  }
  for (const attrs of [{}, { noise }]) expect([...of(4, 0, attrs), ...of(3, 4, attrs)]).toEqual(of(7, 0, attrs))
})

testGradient(
  dropout,
  [
    { name: 'half', inputs: [values([5, 9], 1), seed(3)], attrs: { rate: 0.5, salt: 4 } },
    { name: 'to other values', inputs: [values([5, 9], 1), seed(3)], attrs: { rate: 0.5, salt: 4, affine } },
  ],
  dropoutReference,
)

test('refuses rates, salts and seeds out of range', () => {
  const shape =
    (rate: number, salt: number, seeds = 2) =>
    () =>
      dropout.shape([[2, 3], [seeds]], { rate, salt })
  expect(shape(1, 0)).toThrow('[dropout] rate must be in [0, 1), got 1')
  expect(shape(0.5, -1)).toThrow('[dropout] salt must be in [0, 4294967296), got -1')
  expect(shape(0.5, 0.5)).toThrow('[dropout] salt must be a whole number, got 0.5')
  expect(() => dropout.shape([[2, 3], [2]], { rate: 0.5, salt: 0, noise: { shared: 4, inner: 1, each: 1 } })).toThrow(
    '[dropout] shared and inner must divide the 6 values of x, got 4 and 1',
  )
  expect(shape(0.5, 0, 1)).toThrow('[dropout] seed must be a seed and a number of rows, [2], got [1]')
})
