import { expect, test } from 'vitest'
import { rescale } from '../../src/kernels/rescale.ts'
import { rescaleReference } from '../reference/elementwise.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

testOp(
  rescale,
  [
    { name: 'to [-1, 1]', inputs: [values([2, 5, 7, 3], 1, 0, 255)], attrs: { scale: 1 / 127.5, offset: -1 } },
    { name: 'tiny scale', inputs: [spiked([300], 2)], attrs: { scale: 1e-7, offset: 0 } },
    { name: 'negative scale, large offset', inputs: [spiked([7], 3)], attrs: { scale: -3, offset: 1e21 } },
    { name: 'one element', inputs: [spiked([1], 4)], attrs: { scale: 0.1, offset: 0.3 } },
    { name: 'by channel', inputs: [spiked([2, 5, 3, 3], 5)], attrs: { scale: [2.1, 2.2, 2.3], offset: [0.1, -7, 3] } },
    { name: 'one scale, four offsets', inputs: [spiked([300, 4], 6)], attrs: { scale: 0.5, offset: [1, 2, 3, 4] } },
    { name: 'two scales, one offset', inputs: [spiked([3, 2], 7)], attrs: { scale: [3, 4], offset: 1 } },
    { name: 'RGB to BGR', inputs: [spiked([2, 5, 7, 3], 8)], attrs: { scale: [1.5, 1, 2], offset: [-1, -2, -3], reverse: true } },
    { name: 'two channels the other way round', inputs: [spiked([130, 2], 9)], attrs: { scale: 1, offset: 0.5, reverse: true } },
  ],
  rescaleReference,
)

testGradient(
  rescale,
  [
    { name: 'one scale', inputs: [values([2, 5], 1)], attrs: { scale: 3, offset: 1 } },
    { name: 'by channel', inputs: [values([2, 2, 3], 2)], attrs: { scale: [2, -3, 4], offset: [1, 2, 3] } },
    { name: 'RGB to BGR', inputs: [values([2, 2, 3], 3)], attrs: { scale: [2, -3, 4], offset: 0, reverse: true } },
  ],
  rescaleReference,
)

test('refuses numbers that are not finite, and as many as do not fit', () => {
  expect(() => rescale.shape([[3]], { scale: NaN, offset: 0 })).toThrow('[rescale] scale must be finite, got NaN')
  const rule = '[rescale] scale must be one number or one for each of up to 4 channels'
  expect(() => rescale.shape([[2, 3]], { scale: [1, 2], offset: 0 })).toThrow(`${rule}, got 2 and x [2,3]`)
  expect(() => rescale.shape([[2, 5]], { scale: 1, offset: 0, reverse: true })).toThrow(
    '[rescale] channels to be reversed must be 4 at most, got x [2,5]',
  )
})
