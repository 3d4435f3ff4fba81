import { expect, test } from 'vitest'
import { sameArgmax } from '../../src/kernels/same_argmax.ts'
import { sameArgmaxReference } from '../reference/loss.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

/** Scores and one-hot targets; about one answer in two is right. */
function half(N: number, K: number, make = values) {
  const x = make([N, K], N + K)
  const t = { shape: [N, K], data: new Float32Array(N * K) }
  for (let n = 0; n < N; n++) {
    const row = Array.from(x.data.subarray(n * K, n * K + K))
    t.data[n * K + (n % 2 ? row.indexOf(Math.max(...row)) : n % K)] = 1
  }
  return [x, t]
}

const rows = (...data: readonly number[][]) => ({ shape: [data.length, data[0]!.length], data: new Float32Array(data.flat()) })

testOp(
  sameArgmax,
  [
    ...[
      [1, 1],
      [1, 10],
      [32, 10],
      [70, 3],
      [130, 5],
      [2, 1000],
    ].map(([N, K]) => ({
      name: `${N} rows of ${K} scores`,
      inputs: half(N!, K!),
      attrs: {},
    })),
    { name: 'spiked scores', inputs: half(65, 7, spiked), attrs: {} },
    { name: 'soft targets', inputs: [values([9, 4], 1), values([9, 4], 2, 0, 1)], attrs: {} },
    { name: 'in two dispatches', inputs: half(130, 5), attrs: {}, options: { groupsPerPart: 2 } },
    {
      name: 'the first of equal scores counts',
      inputs: [rows([1, 1, 0], [0, 2, 2], [2, 2, 2]), rows([1, 0, 0], [0, 1, 0], [0, 0, 1])],
      attrs: {},
    },
    { name: 'infinite scores', inputs: [rows([-Infinity, 1, 2], [0, Infinity, 1]), rows([0, 0, 1], [0, 1, 0])], attrs: {} },
  ],
  sameArgmaxReference,
)

test('refuses shapes that do not fit', () => {
  const message = '[sameArgmax] x and t must have one shape, got x [2,3] and t [2,4]'
  expect(() =>
    sameArgmax.shape(
      [
        [2, 3],
        [2, 4],
      ],
      {},
    ),
  ).toThrow(message)
})
