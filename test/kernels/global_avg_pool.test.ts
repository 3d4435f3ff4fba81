import { expect, test } from 'vitest'
import { Graph } from '../../src/graph/graph.ts'
import { globalAvgPool } from '../../src/kernels/global_avg_pool.ts'
import { globalAvgPoolGrad } from '../../src/kernels/global_avg_pool_grad.ts'
import { globalAvgPoolReference } from '../reference/pooling.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked } from '../support/values.ts'

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

test('the gradient goes to every pixel', () => {
  const g = new Graph()
  const node = g.add(globalAvgPool, [g.input('x', [2, 5, 7, 3])], {})
  const dy = g.input('dy', [2, 3])
  const [dx] = globalAvgPool.grad!({ g, node, attrs: {}, dy, needs: [true] })
  expect(dx).toMatchObject({ op: globalAvgPoolGrad, inputs: [dy], attrs: { height: 5, width: 7 }, shape: [2, 5, 7, 3] })
})

test('refuses other ranks', () => {
  expect(() => globalAvgPool.shape([[2, 3]], {})).toThrow('[globalAvgPool] x must have rank 4, got x [2,3]')
})
