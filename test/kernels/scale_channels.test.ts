import { expect, test } from 'vitest'
import { scaleChannels } from '../../src/kernels/scale_channels.ts'
import { scaleChannelsReference } from '../reference/elementwise.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

testOp(
  scaleChannels,
  [
    { name: '3x3 kernel', inputs: [spiked([3, 3, 5, 7], 1), values([7], 2)], attrs: {} },
    { name: 'one filter', inputs: [spiked([1, 1, 3, 1], 3), values([1], 4)], attrs: {} },
    { name: '64 filters', inputs: [spiked([3, 3, 3, 64], 5), values([64], 6)], attrs: {} },
    { name: 'dense kernel', inputs: [spiked([33, 10], 7), values([10], 8)], attrs: {} },
  ],
  scaleChannelsReference,
)

test('refuses a scale that does not fit', () => {
  const message = '[scaleChannels] scale must match the last axis of w, got scale [3] and w [3,3,3,8]'
  expect(() => scaleChannels.shape([[3, 3, 3, 8], [3]], {})).toThrow(message)
})
