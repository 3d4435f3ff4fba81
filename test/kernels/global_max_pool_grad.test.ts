import { expect, test } from 'vitest'
import { globalMaxPoolGrad } from '../../src/kernels/global_max_pool_grad.ts'
import { globalMaxPoolGradReference, globalMaxPoolReference } from '../reference/pooling.ts'
import { testOp } from '../support/op-cases.ts'
import type { Tensor } from '../support/run-op.ts'
import { spiked, values } from '../support/values.ts'

function of(name: string, x: Tensor) {
  const { shape, y } = globalMaxPoolReference([x])
  return { name, inputs: [x, { shape, data: Float32Array.from(y) }, spiked(shape, 9)], attrs: {} }
}

const ties = values([2, 7, 5, 9], 1, -1, 1)
ties.data.forEach((v, i) => (ties.data[i] = Math.round(v)))
// Channel 0 has a NaN, channel 1 nothing but -Inf, channel 2 zeros of both signs.
const odd = values([1, 3, 3, 3], 2, -2, -1)
for (let i = 0; i < 9; i++) odd.data.set([odd.data[3 * i]!, -Infinity, i % 2 ? 0 : -0], 3 * i)
odd.data[12] = NaN

testOp(
  globalMaxPoolGrad,
  [
    of('one pixel', values([2, 1, 1, 5], 3)),
    of('odd sizes', values([3, 5, 7, 3], 4)),
    of('more than one workgroup', values([2, 8, 8, 70], 5)),
    of('ties share evenly', ties),
    of('not finite', odd),
  ],
  globalMaxPoolGradReference,
)

test('refuses shapes that do not fit', () => {
  expect(() =>
    globalMaxPoolGrad.shape(
      [
        [2, 3, 3, 4],
        [2, 5],
        [2, 4],
      ],
      {},
    ),
  ).toThrow("[globalMaxPoolGrad] y and x's maxima must have one shape, got y [2,5] and x's maxima [2,4]")
})
