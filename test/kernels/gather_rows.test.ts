import { expect, test } from 'vitest'
import { gatherRows } from '../../src/kernels/gather_rows.ts'
import { gatherRowsReference } from '../reference/shaping.ts'
import { testOp } from '../support/op-cases.ts'
import { useGpu } from '../support/gpu.ts'
import { onlyChoice, runOp } from '../support/run-op.ts'
import { lcg, spiked } from '../support/values.ts'

const gpu = useGpu()

/** N row numbers, some of them more than once. */
function index(N: number, count: number) {
  const next = lcg(N + count)
  return { shape: [N], data: Uint32Array.from({ length: N }, () => Math.floor(next() * count)) }
}

testOp(
  gatherRows,
  [
    ...[
      { x: [1], N: 1 },
      { x: [9], N: 5 },
      { x: [7, 1], N: 32 },
      { x: [50, 10], N: 32 },
      { x: [5, 63], N: 3 },
      { x: [5, 256], N: 3 },
      { x: [6, 257], N: 9 },
      { x: [3, 2048], N: 4 },
      { x: [5, 3, 7, 13], N: 4 },
    ].map(({ x, N }) => ({ name: `${N} of [${x.join()}]`, inputs: [spiked(x, N), index(N, x[0]!)], attrs: {} })),
    { name: 'in dispatches of two workgroups', inputs: [spiked([6, 601], 1), index(5, 6)], attrs: {}, options: { groupsPerPart: 2 } },
  ],
  gatherRowsReference,
)

test('every bit of a value is kept', async () => {
  const bits = Uint32Array.of(0x00000001, 0x80000000, 0x7fc01234, 0xffa00001, 0x7f800000)
  const x = { shape: [5, 1], data: new Float32Array(bits.buffer) }
  const rows = { shape: [5], data: Uint32Array.of(4, 3, 2, 1, 0) }
  const { output } = await runOp(gpu(), gatherRows, onlyChoice(gatherRows), [x, rows], {})
  expect([...new Uint32Array(output.buffer)]).toEqual([...bits].reverse())
})

test('refuses shapes that do not fit', () => {
  expect(() =>
    gatherRows.shape(
      [
        [5, 2],
        [3, 1],
      ],
      {},
    ),
  ).toThrow('[gatherRows] index must have rank 1, got index [3,1]')
  expect(() => gatherRows.shape([[], [3]], {})).toThrow('[gatherRows] x must have a row axis, got x []')
})
