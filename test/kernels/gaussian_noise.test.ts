import { expect, test } from 'vitest'
import { gaussianNoise } from '../../src/kernels/gaussian_noise.ts'
import { erfc } from '../reference/activation.ts'
import { gaussianNoiseReference, normalDraws } from '../reference/elementwise.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const seed = (value: number, before = 0) => ({ shape: [2], data: Uint32Array.of(value, before) })

testOp(
  gaussianNoise,
  [
    { name: 'added', inputs: [spiked([5, 103], 1), seed(1)], attrs: { kind: 'add', stddev: 0.5, salt: 0 } },
    {
      name: 'multiplied by',
      inputs: [spiked([3, 7, 7, 3], 2), seed(4294967295)],
      attrs: { kind: 'multiply', stddev: 1, salt: 4294967295 },
    },
    { name: 'to zeros, where tails are seen', inputs: [values([5000], 3, 0, 0), seed(7)], attrs: { kind: 'add', stddev: 3, salt: 5 } },
    { name: 'behind 3 other rows', inputs: [spiked([5, 103], 1), seed(1, 3)], attrs: { kind: 'add', stddev: 0.5, salt: 0 } },
    { name: 'none', inputs: [spiked([70], 4), seed(9)], attrs: { kind: 'add', stddev: 0, salt: 3 } },
  ],
  gaussianNoiseReference,
)

testGradient(
  gaussianNoise,
  (['add', 'multiply'] as const).map((kind) => ({
    name: kind,
    inputs: [values([5, 9], 1), seed(3)],
    attrs: { kind, stddev: 0.7, salt: 4 },
  })),
  gaussianNoiseReference,
)

const SIZE = 20_000
const mean = (v: readonly number[]) => v.reduce((a, b) => a + b, 0) / v.length

test('what is drawn has the moments and the distribution of normal numbers', () => {
  for (const value of [0, 1, 123456789]) {
    const z = normalDraws(SIZE, value, 5)
    // Of n normal numbers the mean of z^k has the variance (E z^2k - (E z^k)^2) / n.
    const moments = [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ] as const
    for (const [k, expected, variance] of moments)
      expect(Math.abs(mean(z.map((v) => v ** k)) - expected) / Math.sqrt(variance / SIZE), `moment ${k}`).toBeLessThan(4)
    // Kolmogorov and Smirnov: the largest distance of the distributions, of which 1.95 / sqrt(n) is exceeded once in 1000.
    const below = (v: number) => (v < 0 ? erfc(-v / Math.SQRT2) / 2 : 1 - erfc(v / Math.SQRT2) / 2)
    const distance = [...z].sort((a, b) => a - b).reduce((most, v, i) => Math.max(most, Math.abs(below(v) - (i + 0.5) / SIZE)), 0)
    expect(distance).toBeLessThan(1.95 / Math.sqrt(SIZE))
  }
})

test('and independently by seed, salt and index', () => {
  const base = normalDraws(SIZE, 1, 5)
  for (const other of [normalDraws(SIZE, 2, 5), normalDraws(SIZE, 1, 6), [...base.slice(1), base[0]!]])
    expect(Math.abs(mean(base.map((v, i) => v * other[i]!))) * Math.sqrt(SIZE)).toBeLessThan(4)
})

test('refuses kinds, deviations, salts and seeds out of range', () => {
  const shape =
    (attrs: object, seeds = 2) =>
    () =>
      gaussianNoise.shape([[2, 3], [seeds]], { kind: 'add', stddev: 1, salt: 0, ...attrs })
  expect(shape({ kind: 'subtract' })).toThrow('[gaussianNoise] kind must be add or multiply, got subtract')
  expect(shape({ stddev: -1 })).toThrow('[gaussianNoise] stddev must be in [0, Infinity), got -1')
  expect(shape({ salt: 0.5 })).toThrow('[gaussianNoise] salt must be a whole number, got 0.5')
  expect(shape({}, 1)).toThrow('[gaussianNoise] seed must be a seed and a number of rows, [2], got [1]')
})
