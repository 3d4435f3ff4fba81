import { expect, test } from 'vitest'
import { isLargest } from '../../src/kernels/is_largest.ts'
import { isLargestReference } from '../reference/metrics.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const rows = (...data: readonly number[][]) => ({ shape: [data.length, data[0]!.length], data: new Float32Array(data.flat()) })

testOp(
  isLargest,
  [
    { name: 'one value', inputs: [values([3, 1], 1)], attrs: {} },
    { name: 'more than one workgroup', inputs: [spiked([70, 9], 2)], attrs: {} },
    { name: 'several are, and 0 is not', inputs: [rows([2, 2, 1], [0, 0, -1], [-3, -3, -4], [1e-10, 0, 0])], attrs: {} },
  ],
  isLargestReference,
)

test('refuses what are no rows', () => {
  expect(() => isLargest.shape([[3]], {})).toThrow('[isLargest] x must have rank 2, got x [3]')
})
