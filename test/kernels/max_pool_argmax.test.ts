import { expect, test } from 'vitest'
import type { PoolAttrs } from '../../src/kernels/common.ts'
import { maxPoolArgmax } from '../../src/kernels/max_pool_argmax.ts'
import { maxPoolArgmaxReference } from '../reference/pooling.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { GEOMETRIES, show } from '../support/pools.ts'
import { spiked, values } from '../support/values.ts'

const cases: OpCase<PoolAttrs>[] = [1, 3, 5, 64].flatMap((C) =>
  GEOMETRIES.map((attrs) => ({ name: `${C} channels, ${show(attrs)}`, inputs: [spiked([2, 9, 7, C], C)], attrs })),
)
const same = GEOMETRIES[1]!
const ties = values([2, 9, 7, 5], 3)
ties.data.forEach((v, i) => (ties.data[i] = Math.round(v)))
// Zeros of both signs are equal; the first NaN of either sign wins, over Infinity too.
const odd = { shape: [1, 5, 5, 3], data: new Float32Array(75).map((_, i) => (i % 2 ? 0 : -0)) }
odd.data[7] = NaN
odd.data.set(new Float32Array(new Uint32Array([0xffc00001]).buffer), 40)
odd.data[43] = NaN
odd.data[70] = Infinity
odd.data[73] = NaN
testOp(
  maxPoolArgmax,
  [
    ...cases,
    { name: 'ties', inputs: [ties], attrs: same },
    { name: 'negative values at an edge with padding', inputs: [values([1, 5, 5, 3], 1, -2, -1)], attrs: same },
    { name: 'zeros of both signs, NaN and Infinity', inputs: [odd], attrs: same },
    { name: '-Infinity alone', inputs: [{ shape: [1, 3, 3, 1], data: new Float32Array(9).fill(-Infinity) }], attrs: same },
    {
      name: 'a window of 256 elements',
      inputs: [values([1, 16, 17, 4], 3)],
      attrs: { poolSize: [16, 16], strides: [1, 1], padding: 'valid' },
    },
  ],
  maxPoolArgmaxReference,
)

test('refuses windows that a byte does not tell apart', () => {
  expect(() => maxPoolArgmax.shape([[1, 300, 1, 4]], { poolSize: [257, 1], strides: [1, 1], padding: 'valid' })).toThrow(
    '[maxPoolArgmax] a pool that is trained through must have 256 elements at most, got [257,1]',
  )
})
