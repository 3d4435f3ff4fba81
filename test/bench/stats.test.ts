/** The bench's arithmetic: medians, turns, differences, and the form of what it writes. */
import { expect, test } from 'vitest'
import { row, table } from '../../bench/report.ts'
import { difference, median, takeTurns } from '../../bench/stats.ts'

test('median', () => {
  expect([median([3]), median([9, 1, 5]), median([4, 1, 3, 2])]).toEqual([3, 5, 2.5])
  expect(() => median([])).toThrow(RangeError)
})

test('sides take turns after one run each that does not count', async () => {
  const calls: string[] = []
  const side = (name: string) => () => Promise.resolve(calls.push(name))
  const times = await takeTurns([side('a'), side('b')], { runs: 3, ms: 1000 })
  expect(calls.join('')).toBe('abababab')
  expect(times.map((t) => t.length)).toEqual([3, 3])
})

test('at least one run of each is made, however little time there is', async () => {
  const slow = () => new Promise((resolve) => setTimeout(resolve, 5))
  expect((await takeTurns([slow, slow], { runs: 9, ms: 1 })).map((t) => t.length)).toEqual([1, 1])
})

test('difference is relative to the largest value, and infinite where something is wrong', () => {
  expect(difference([1, 2], [1, 4])).toBe(0.5)
  expect(difference([0, 0], [0, 0])).toBe(0)
  expect(difference([NaN, 1], [1, 1])).toBe(Infinity)
  expect(difference([1], [1, 2])).toBe(Infinity)
})

test('a ratio above 1 means that we are faster', () => {
  const made = row('conv', 2, 9)
  expect(made).toEqual({ name: 'conv', ours: { medianMs: 2 }, peers: { 'tfjs-webgpu': { medianMs: 9 } }, ratio: { 'tfjs-webgpu': 4.5 } })
  const text = table({ adapter: 'some adapter', peak: { gflops: 7, copyGBs: 2.5 }, rows: [made] })
  expect(text).toContain('Adapter: some adapter. Peak: 7.0 GFLOP/s')
  expect(text).toContain('| conv | 2.00 | 9.00 | 4.50 |')
})
