import { expect, test } from 'vitest'
import { rescale } from '../../src/kernels/rescale.ts'
import { rescaleReference } from '../reference/elementwise.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

testOp(
  rescale,
  [
    { name: 'to [-1, 1]', inputs: [values([2, 5, 7, 3], 1, 0, 255)], attrs: { scale: 1 / 127.5, offset: -1 } },
    { name: 'tiny scale', inputs: [spiked([300], 2)], attrs: { scale: 1e-7, offset: 0 } },
    { name: 'negative scale, large offset', inputs: [spiked([7], 3)], attrs: { scale: -3, offset: 1e21 } },
    { name: 'one element', inputs: [spiked([1], 4)], attrs: { scale: 0.1, offset: 0.3 } },
  ],
  rescaleReference,
)

test('refuses numbers that are not finite', () => {
  expect(() => rescale.shape([[3]], { scale: NaN, offset: 0 })).toThrow('[rescale] scale and offset must be finite, got NaN and 0')
})
