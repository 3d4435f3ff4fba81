import { expect, test } from 'vitest'
import { globalMaxPool } from '../../src/kernels/global_max_pool.ts'
import { globalMaxPoolReference } from '../reference/pooling.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

// Channel 0 has a NaN, channel 1 one with the sign bit set, channel 2 nothing but -Inf, channel 3 +Inf.
const bad = values([1, 3, 3, 5], 1, -2, -1)
bad.data[10] = NaN
bad.data.set(new Float32Array(new Uint32Array([0xffc00001]).buffer), 21)
for (let i = 0; i < 9; i++) bad.data[i * 5 + 2] = -Infinity
bad.data[8] = Infinity

testOp(
  globalMaxPool,
  [
    { name: 'one pixel', inputs: [spiked([2, 1, 1, 5], 1)], attrs: {} },
    { name: 'odd sizes', inputs: [spiked([3, 5, 7, 3], 2)], attrs: {} },
    { name: '64 channels, all negative', inputs: [values([2, 8, 8, 64], 3, -3, -1)], attrs: {} },
    { name: 'not finite', inputs: [bad], attrs: {} },
  ],
  globalMaxPoolReference,
)

testGradient(globalMaxPool, [{ name: 'odd sizes', inputs: [values([2, 3, 5, 3], 4)], attrs: {} }], globalMaxPoolReference)

test('refuses other ranks', () => {
  expect(() => globalMaxPool.shape([[2, 3]], {})).toThrow('[globalMaxPool] x must have rank 4, got x [2,3]')
})
