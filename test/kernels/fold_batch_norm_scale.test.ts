import { expect, test } from 'vitest'
import { foldBatchNormScale } from '../../src/kernels/fold_batch_norm_scale.ts'
import { foldBatchNormScaleReference } from '../reference/elementwise.ts'
import { testOp } from '../support/op-cases.ts'
import { values } from '../support/values.ts'

testOp(
  foldBatchNormScale,
  [
    { name: 'one channel', inputs: [values([1], 1, 0, 3), values([1], 2)], attrs: { epsilon: 1e-3 } },
    { name: '300 channels', inputs: [values([300], 3, 0, 3), values([300], 4)], attrs: { epsilon: 1e-3 } },
    { name: 'without gamma', inputs: [values([5], 5, 0, 3), undefined], attrs: { epsilon: 1.001e-5 } },
    { name: 'variance 0', inputs: [{ shape: [3], data: new Float32Array(3) }, values([3], 6)], attrs: { epsilon: 1e-3 } },
  ],
  foldBatchNormScaleReference,
)

test('refuses a gamma that does not fit', () => {
  const message = '[foldBatchNormScale] gamma must match the last axis of variance, got gamma [4] and variance [3]'
  expect(() => foldBatchNormScale.shape([[3], [4]], { epsilon: 1e-3 })).toThrow(message)
})
