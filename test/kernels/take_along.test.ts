import { expect, test } from 'vitest'
import { takeAlong } from '../../src/kernels/take_along.ts'
import { takeAlongReference } from '../reference/sorting.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

/** Places below C, some of them twice. */
const index = (N: number, K: number, C: number) => ({
  shape: [N, K],
  data: Float32Array.from({ length: N * K }, (_, i) => (i * 7 + Math.floor(i / K)) % C),
})

testOp(
  takeAlong,
  [
    { name: 'one value', inputs: [spiked([3, 1], 1), index(3, 1, 1)], attrs: {} },
    { name: 'more than one workgroup', inputs: [spiked([41, 11], 2), index(41, 5, 11)], attrs: {} },
    { name: 'more than there are', inputs: [spiked([2, 3], 3), index(2, 8, 3)], attrs: {} },
  ],
  takeAlongReference,
)

testGradient(
  takeAlong,
  [
    { name: 'some', inputs: [values([3, 5], 4), index(3, 2, 5)], attrs: {} },
    { name: 'some twice', inputs: [values([2, 3], 5), index(2, 7, 3)], attrs: {} },
  ],
  takeAlongReference,
  { constant: ['index'] },
)

test('refuses places that are not for each row', () => {
  expect(() =>
    takeAlong.shape(
      [
        [2, 3],
        [3, 1],
      ],
      {},
    ),
  ).toThrow(
    // prettier-ignore
    '[takeAlong] index must have one value per row of x, got index [3] and x [2,3]',
  )
})
