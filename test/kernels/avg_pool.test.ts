import { expect, test } from 'vitest'
import { avgPool } from '../../src/kernels/avg_pool.ts'
import type { PoolAttrs } from '../../src/kernels/common.ts'
import { avgPoolReference } from '../reference/pooling.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { GEOMETRIES, show } from '../support/pools.ts'
import { spiked, values } from '../support/values.ts'

const cases: OpCase<PoolAttrs>[] = [1, 3, 5, 64].flatMap((C) =>
  GEOMETRIES.map((attrs) => ({ name: `${C} channels, ${show(attrs)}`, inputs: [spiked([2, 9, 7, C], C)], attrs })),
)
testOp(avgPool, cases, avgPoolReference)

testGradient(
  avgPool,
  GEOMETRIES.map((attrs) => ({ name: show(attrs), inputs: [values([1, 5, 7, 5], 3)], attrs })),
  avgPoolReference,
)

test('refuses what does not fit', () => {
  const message = '[avgPool] window must fit the input, got window [7,7] and input [3,3] with padding valid'
  expect(() => avgPool.shape([[1, 3, 3, 4]], { poolSize: [7, 7], strides: [7, 7], padding: 'valid' })).toThrow(message)
})
