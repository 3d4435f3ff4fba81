import { expect, test } from 'vitest'
import { inTopK } from '../../src/kernels/in_top_k.ts'
import { inTopKReference } from '../reference/metrics.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const rows = (...data: readonly number[][]) => ({ shape: [data.length, data[0]!.length], data: new Float32Array(data.flat()) })

testOp(
  inTopK,
  [
    { name: 'the first of ten', inputs: [spiked([70, 10], 1), values([70, 10], 2)], attrs: { k: 1 } },
    { name: 'five of 37', inputs: [values([130, 37], 3), values([130, 37], 4)], attrs: { k: 5 } },
    { name: 'as many as there are', inputs: [values([3, 4], 5), values([3, 4], 6)], attrs: { k: 4 } },
    {
      name: 'equal scores, and NaN',
      inputs: [rows([1, 1, 1], [2, 1, 1], [NaN, 1, 0], [NaN, 1, 0]), rows([0, 0, 1], [0, 1, 0], [1, 0, 0], [0, 1, 0])],
      attrs: { k: 1 },
    },
  ],
  inTopKReference,
)

test('refuses a k that is no count', () => {
  expect(() =>
    inTopK.shape(
      [
        [2, 3],
        [2, 3],
      ],
      { k: 0 },
    ),
  ).toThrow('[inTopK] k must be a positive whole number, got 0')
})
