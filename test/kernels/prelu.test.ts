import { expect, test } from 'vitest'
import { prelu } from '../../src/kernels/prelu.ts'
import { preluReference } from '../reference/activation.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

testOp(
  prelu,
  [
    { name: 'one slope per channel', inputs: [spiked([2, 5, 3, 7], 1), values([7], 2)], attrs: {} },
    { name: 'one slope per element', inputs: [spiked([3, 5, 3, 7], 3), values([5, 3, 7], 4)], attrs: {} },
    { name: 'features, more than one workgroup', inputs: [spiked([3, 300], 5), values([300], 6)], attrs: {} },
  ],
  preluReference,
)

testGradient(
  prelu,
  [
    { name: 'one slope per channel', inputs: [values([2, 3, 2, 5], 1), values([5], 2)], attrs: {} },
    { name: 'one slope per element', inputs: [values([3, 2, 3], 3), values([2, 3], 4)], attrs: {} },
  ],
  preluReference,
)

test('refuses slopes that do not fit', () => {
  const message = '[prelu] alpha must have the trailing axes of x, got alpha [4] and x [2,5,3]'
  expect(() => prelu.shape([[2, 5, 3], [4]], {})).toThrow(message)
  expect(() => prelu.shape([[3], [3]], {})).toThrow('got alpha [3] and x [3]')
})
