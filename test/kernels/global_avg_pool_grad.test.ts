import { expect, test } from 'vitest'
import { globalAvgPoolGrad } from '../../src/kernels/global_avg_pool_grad.ts'
import { globalAvgPoolGradReference } from '../reference/pooling.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked } from '../support/values.ts'

testOp(
  globalAvgPoolGrad,
  [
    { name: 'one pixel', inputs: [spiked([2, 5], 1)], attrs: { height: 1, width: 1 } },
    { name: 'odd sizes', inputs: [spiked([3, 3], 2)], attrs: { height: 5, width: 7 } },
    { name: '64 channels', inputs: [spiked([2, 64], 3)], attrs: { height: 4, width: 4 } },
  ],
  globalAvgPoolGradReference,
)

test('refuses other ranks and sizes', () => {
  const refused = () => globalAvgPoolGrad.shape([[2, 3, 4]], { height: 2, width: 2 })
  expect(refused).toThrow('[globalAvgPoolGrad] dy must have rank 2, got dy [2,3,4]')
  const message = '[globalAvgPoolGrad] height and width must be positive whole numbers, got 0 and 2'
  expect(() => globalAvgPoolGrad.shape([[2, 3]], { height: 0, width: 2 })).toThrow(message)
})
