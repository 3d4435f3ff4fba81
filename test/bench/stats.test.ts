/** The bench's arithmetic: medians, turns, differences, and the form of what it writes. */
import { expect, test } from 'vitest'
import { measure } from '../../bench/compare.ts'
import { row, table } from '../../bench/report.ts'
import { difference, median, takeTurns } from '../../bench/stats.ts'
import type { Tf } from '../../bench/tfjs.ts'
import type { Device } from '../../src/device/device.ts'

test('median', () => {
  expect([median([3]), median([9, 1, 5]), median([4, 1, 3, 2])]).toEqual([3, 5, 2.5])
  expect(() => median([])).toThrow(RangeError)
})

test('sides take turns after one run each that does not count', async () => {
  const calls: string[] = []
  const side = (name: string) => ({ run: () => Promise.resolve(calls.push(name)) })
  const use = () => Promise.resolve(calls.push('+'))
  const times = await takeTurns([side('a'), { ...side('b'), use }], { runs: 3, ms: 1000 })
  expect(calls.join('')).toBe('a+ba+ba+ba+b')
  expect(times.map((t) => t.length)).toEqual([3, 3])
})

test('at least one run of each is made, however little time there is', async () => {
  const slow = { run: () => new Promise((resolve) => setTimeout(resolve, 5)) }
  expect((await takeTurns([slow, slow], { runs: 9, ms: 1 })).map((t) => t.length)).toEqual([1, 1])
})

test('difference is relative to the largest value, and infinite where something is wrong', () => {
  expect(difference([1, 2], [1, 4])).toBe(0.5)
  expect(difference([0, 0], [0, 0])).toBe(0)
  expect(difference([NaN, 1], [1, 1])).toBe(Infinity)
  expect(difference([1], [1, 2])).toBe(Infinity)
})

test('a ratio above 1 means that we are faster; what a side lacks is said', () => {
  const made = row('conv', 14e6, 2, [{ name: 'tfjs-webgpu', medianMs: 9, difference: 1e-6 }])
  expect(made).toEqual({
    name: 'conv',
    flops: 14e6,
    ours: { medianMs: 2 },
    peers: { 'tfjs-webgpu': { medianMs: 9 } },
    ratio: { 'tfjs-webgpu': 4.5 },
    difference: { 'tfjs-webgpu': 1e-6 },
  })
  const failed = [{ row: 'conv', side: 'tfjs-wasm', why: 'no such kernel' }]
  const text = table({ adapter: 'some adapter', peak: { gflops: 70, copyGBs: 2.5 }, rows: [made, row('dense', 7e6, 1, [])], failed })
  expect(text).toContain('Adapter: some adapter. Peak: 70.0 GFLOP/s')
  expect(text).toContain('| | Thaw, ms | tfjs-webgpu, ms | ratio | GFLOP/s | of peak |')
  expect(text).toContain('| conv | 2.00 | 9.00 | 4.50 | 7.0 | 10 % |')
  expect(text).toContain('| dense | 1.00 | not timed |  | 7.0 | 10 % |')
  expect(text).toContain('conv, tfjs-wasm: no such kernel')
})

/** A side of ones, but what is given. */
const job =
  (values: number[], fails = false) =>
  () =>
    Promise.resolve({ run: () => (fails ? Promise.reject(new Error('no such kernel')) : Promise.resolve(values)), dispose: () => {} })

/** What comes of a row whose peers give these values; none: they fail. */
function measured(...peers: (number[] | undefined)[]) {
  const names = peers.map((_, i) => `peer ${i}`)
  const work = { flops: 1, ours: job([1, 1]), theirs: (tf: Tf) => job(peers[Number(tf)] ?? [], !peers[Number(tf)])() }
  const source = { name: 'row', kind: 'network', quick: true, work: () => Promise.resolve(work) } as const
  const bench = { device: {} as Device, peers: names.map((name, i) => ({ name, tf: i as unknown as Tf })), budget: { runs: 1, ms: 0 } }
  return measure(source, bench)
}

test('a side that fails or differs is not timed, and said; the others are; none where nobody gives what we do', async () => {
  const { rows, failed } = await measured([1, 1.0001], [1, 2], undefined)
  expect(rows.map(({ name, difference }) => [name, Object.keys(difference)])).toEqual([
    ['row predict, cold', ['peer 0']],
    ['row predict, warm', ['peer 0']],
  ])
  expect(rows[0]!.difference['peer 0']).toBeCloseTo(1e-4, 6)
  expect(failed.map(({ side, why }) => `${side}: ${why}`)).toEqual([
    'peer 2: no such kernel',
    "peer 1: its values differ from Thaw's by 0.50 of the largest: not timed",
  ])
  const wrong = await measured([1, 2])
  expect(wrong.rows).toEqual([])
  expect(wrong.failed.map(({ side }) => side)).toEqual(['peer 0', 'Thaw'])
  expect((await measured()).rows.map(({ peers }) => peers)).toEqual([{}, {}])
})
