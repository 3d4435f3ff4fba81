import { expect, test } from 'vitest'
import { draws } from '../../src/kernels/draws.ts'
import { drawsReference } from '../reference/augmentation.ts'
import { testOp } from '../support/op-cases.ts'

const seed = (value: number, before = 0) => ({ shape: [2], data: Uint32Array.of(value, before) })

const many = [[0, 1], [-0.2, 0.3], [5, 5], [-1, 1], [1e-3, 2e3], [0.7, 1.3]] as const // prettier-ignore

testOp(
  draws,
  [
    { name: 'one column', inputs: [seed(1)], attrs: { rows: 7, salt: 0, ranges: [[0, 1]] } },
    { name: 'behind 5 other rows', inputs: [seed(1, 5)], attrs: { rows: 7, salt: 0, ranges: [[0, 1], [2, 3]] } }, // prettier-ignore
    { name: 'six columns, more than one workgroup', inputs: [seed(4294967295)], attrs: { rows: 33, salt: 4294967295, ranges: many } },
  ],
  drawsReference,
)

test('rows behind others are those of all of them', () => {
  const of = (rows: number, before: number) => [...drawsReference([seed(3, before)], { rows, salt: 4, ranges: [[0, 1], [2, 3]] }).y] // prettier-ignore
  expect([...of(4, 0), ...of(3, 4)]).toEqual(of(7, 0))
})

test('the hash is uniform in its range and independent by seed, salt, sample and column', () => {
  const rows = 20_000
  const of = (s: number, salt: number) => drawsReference([seed(s)], { rows, salt, ranges: [[0, 1], [-2, 4]] }).y // prettier-ignore
  const column = (y: Float64Array, d: number) => Array.from({ length: rows }, (_, n) => (d ? (y[2 * n + 1]! + 2) / 6 : y[2 * n]!))
  const base = column(of(1, 5), 0)
  const variance = 1 / 12
  for (const u of [base, column(of(1, 5), 1), column(of(2, 5), 0)]) {
    const mean = u.reduce((a, b) => a + b, 0) / rows
    expect(Math.abs(mean - 0.5) / Math.sqrt(variance / rows)).toBeLessThan(4)
    expect(Math.min(...u)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...u)).toBeLessThan(1)
    expect(Math.max(...u) - Math.min(...u)).toBeGreaterThan(0.999)
  }
  const others = [column(of(2, 5), 0), column(of(1, 6), 0), column(of(1, 5), 1), [...base.slice(1), base[0]!]]
  for (const u of others) {
    const covariance = u.reduce((sum, v, n) => sum + (v - 0.5) * (base[n]! - 0.5), 0) / rows
    expect(Math.abs(covariance) / (variance / Math.sqrt(rows))).toBeLessThan(4)
  }
})

test('refuses seeds, salts and ranges', () => {
  const shape =
    (attrs: object, seeds = 2) =>
    () =>
      draws.shape([[seeds]], { rows: 2, salt: 0, ranges: [[0, 1]], ...attrs })
  expect(shape({}, 1)).toThrow('[draws] seed must be a seed and a number of rows, [2], got [1]')
  expect(shape({ salt: -1 })).toThrow('[draws] salt must be in [0, 4294967296), got -1')
  expect(shape({ salt: 0.5 })).toThrow('[draws] salt must be a whole number, got 0.5')
  expect(shape({ ranges: [] })).toThrow('[draws] ranges must be 1 to 6 pairs of finite numbers, got []')
  expect(shape({ ranges: [[0, NaN]] })).toThrow('[draws] ranges must be 1 to 6 pairs of finite numbers, got [[0,null]]')
})
