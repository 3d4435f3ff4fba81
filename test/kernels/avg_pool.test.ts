import { expect, test } from 'vitest'
import { avgPool } from '../../src/kernels/avg_pool.ts'
import type { PoolAttrs } from '../../src/kernels/common.ts'
import { avgPoolReference } from '../reference/pooling.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked } from '../support/values.ts'

const geometries: PoolAttrs[] = [
  { poolSize: [2, 2], strides: [2, 2], padding: 'valid' },
  { poolSize: [3, 3], strides: [1, 1], padding: 'same' },
  { poolSize: [3, 3], strides: [2, 2], padding: 'same' },
  { poolSize: [3, 2], strides: [1, 3], padding: 'same' },
  { poolSize: [2, 3], strides: [3, 1], padding: [1, 0, 0, 2] },
  { poolSize: [7, 7], strides: [7, 7], padding: 'valid' },
]
const show = ({ poolSize, strides, padding }: PoolAttrs) => `pool ${String(poolSize)}, stride ${String(strides)}, ${String(padding)}`
const cases: OpCase<PoolAttrs>[] = [1, 3, 5, 64].flatMap((C) =>
  geometries.map((attrs) => ({ name: `${C} channels, ${show(attrs)}`, inputs: [spiked([2, 9, 7, C], C)], attrs })),
)
testOp(avgPool, cases, avgPoolReference)

test('refuses what does not fit', () => {
  const message = '[avgPool] window must fit the input, got window [7,7] and input [3,3] with padding valid'
  expect(() => avgPool.shape([[1, 3, 3, 4]], geometries[5]!)).toThrow(message)
})
