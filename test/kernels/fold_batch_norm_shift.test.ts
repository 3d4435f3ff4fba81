import { expect, test } from 'vitest'
import { foldBatchNormShift } from '../../src/kernels/fold_batch_norm_shift.ts'
import { foldBatchNormShiftReference } from '../reference/elementwise.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const [mean, scale, beta, bias] = [spiked([300], 1), values([300], 2), spiked([300], 3), spiked([300], 4)]
testOp(
  foldBatchNormShift,
  [
    { name: 'all', inputs: [mean, scale, beta, bias], attrs: {} },
    { name: 'without beta', inputs: [mean, scale, undefined, bias], attrs: {} },
    { name: 'without bias', inputs: [mean, scale, beta, undefined], attrs: {} },
    { name: 'without either', inputs: [mean, scale], attrs: {} },
  ],
  foldBatchNormShiftReference,
)

test('refuses a bias that does not fit', () => {
  const message = '[foldBatchNormShift] bias must match the last axis of mean, got bias [4] and mean [3]'
  expect(() => foldBatchNormShift.shape([[3], [3], undefined, [4]], {})).toThrow(message)
})
