import { expect, test } from 'vitest'
import { globalAvgPool } from '../../src/kernels/global_avg_pool.ts'
import { globalAvgPoolReference } from '../reference/pooling.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

testOp(
  globalAvgPool,
  [
    { name: 'one pixel', inputs: [spiked([2, 1, 1, 5], 1)], attrs: {} },
    { name: 'three pixels', inputs: [spiked([1, 1, 3, 1], 2)], attrs: {} },
    { name: 'odd sizes', inputs: [spiked([3, 5, 7, 3], 3)], attrs: {} },
    { name: '64 channels', inputs: [spiked([2, 8, 8, 64], 4)], attrs: {} },
    { name: 'more channels than a workgroup', inputs: [spiked([1, 3, 3, 130], 5)], attrs: {} },
  ],
  globalAvgPoolReference,
)

testGradient(globalAvgPool, [{ name: '5x7', inputs: [values([2, 5, 7, 3], 1)], attrs: {} }], globalAvgPoolReference)

test('refuses other ranks', () => {
  expect(() => globalAvgPool.shape([[2, 3]], {})).toThrow('[globalAvgPool] x must have rank 4, got x [2,3]')
})
