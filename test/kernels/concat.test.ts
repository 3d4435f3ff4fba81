import { expect, test } from 'vitest'
import { concat } from '../../src/kernels/concat.ts'
import { concatReference } from '../reference/shaping.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const odd = { shape: [1, 2], data: new Float32Array([NaN, -Infinity]) }
testOp(
  concat,
  [
    { name: 'two', inputs: [spiked([1, 3, 5, 3], 1), spiked([1, 3, 5, 5], 2)], attrs: {} },
    { name: 'one channel each', inputs: [spiked([2, 3, 3, 1], 1), spiked([2, 3, 3, 1], 2)], attrs: {} },
    { name: 'three', inputs: [1, 64, 5].map((C, i) => spiked([2, 5, 3, C], i)), attrs: {} },
    { name: 'four', inputs: [64, 3, 1, 5].map((C, i) => spiked([1, 4, 7, C], i)), attrs: {} },
    { name: 'six', inputs: [3, 1, 5, 4, 2, 64].map((C, i) => spiked([1, 3, 3, C], i)), attrs: {} },
    { name: 'a gap', inputs: [spiked([5, 2], 1), spiked([5, 3], 2), undefined, spiked([5, 4], 3)], attrs: {} },
    { name: 'rows alone', inputs: [spiked([9, 3], 1), spiked([9, 5], 2)], attrs: {} },
    { name: 'values that are not finite', inputs: [odd, spiked([1, 3], 2)], attrs: {} },
  ],
  concatReference,
)

testGradient(
  concat,
  [
    { name: 'two', inputs: [values([1, 3, 2, 3], 1), values([1, 3, 2, 5], 2)], attrs: {} },
    { name: 'six', inputs: [3, 1, 5, 4, 2, 1].map((C, i) => values([3, C], i)), attrs: {} },
    { name: 'a gap', inputs: [values([5, 2], 1), values([5, 3], 2), undefined, values([5, 4], 3)], attrs: {} },
  ],
  concatReference,
)

test('refuses leading axes that differ', () => {
  const message = '[concat] inputs must agree in all axes but the last, got [1,4,4,3] and [1,4,5,3]'
  expect(() =>
    concat.shape(
      [
        [1, 4, 4, 3],
        [1, 4, 4, 2],
        [1, 4, 5, 3],
      ],
      {},
    ),
  ).toThrow(message)
})
