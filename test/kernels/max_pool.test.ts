import { expect, test } from 'vitest'
import type { PoolAttrs } from '../../src/kernels/common.ts'
import { maxPool } from '../../src/kernels/max_pool.ts'
import { maxPoolReference } from '../reference/pooling.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { GEOMETRIES, show } from '../support/pools.ts'
import { spiked, values } from '../support/values.ts'

const cases: OpCase<PoolAttrs>[] = [1, 3, 5, 64].flatMap((C) =>
  GEOMETRIES.map((attrs) => ({ name: `${C} channels, ${show(attrs)}`, inputs: [spiked([2, 9, 7, C], C)], attrs })),
)
const same = GEOMETRIES[1]!
// NaN of both signs, windows of -Inf alone, and negative values at the edge, where a zero of the padding would win.
const bad = values([1, 5, 5, 3], 1, -2, -1)
bad.data[7] = NaN
bad.data.set(new Float32Array(new Uint32Array([0xffc00001]).buffer), 40)
bad.data[70] = Infinity
testOp(
  maxPool,
  [
    ...cases,
    { name: 'negative values and NaN', inputs: [bad], attrs: same },
    { name: '-Infinity alone', inputs: [{ shape: [1, 3, 3, 1], data: new Float32Array(9).fill(-Infinity) }], attrs: same },
    {
      name: 'a window as large as the image',
      inputs: [spiked([1, 5, 5, 4], 3)],
      attrs: { poolSize: [5, 5], strides: [5, 5], padding: 'valid' },
    },
  ],
  maxPoolReference,
)

testGradient(
  maxPool,
  [
    ...GEOMETRIES.map((attrs) => ({ name: show(attrs), inputs: [values([1, 5, 7, 5], 3)], attrs })),
    {
      name: 'windows of more than 256 elements, in two',
      inputs: [values([1, 18, 17, 1], 3, -9, 9)],
      attrs: { poolSize: [17, 16], strides: [2, 3], padding: 'same' },
    },
  ],
  maxPoolReference,
)

test('refuses what does not fit', () => {
  const shape = (attrs: Partial<PoolAttrs>) => () => maxPool.shape([[1, 3, 3, 4]], { ...same, ...attrs })
  expect(shape({ poolSize: [4, 4], padding: 'valid' })).toThrow(
    '[maxPool] window must fit the input, got window [4,4] and input [3,3] with padding valid',
  )
  expect(shape({ padding: [3, 0, 0, 0] })).toThrow(
    '[maxPool] padding must be whole numbers from 0 and smaller than the pool, got padding [3,0,0,0] and pool size [3,3]',
  )
  expect(shape({ strides: [0, 1] })).toThrow('[maxPool] pool size and strides must be positive whole numbers, got [3,3] and [0,1]')
  expect(() => maxPool.shape([[3, 3, 4]], same)).toThrow('[maxPool] x must have rank 4, got x [3,3,4]')
})
