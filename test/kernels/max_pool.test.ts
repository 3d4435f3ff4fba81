import { expect, test } from 'vitest'
import type { PoolAttrs } from '../../src/kernels/common.ts'
import { maxPool } from '../../src/kernels/max_pool.ts'
import { maxPoolReference } from '../reference/pooling.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const geometries: PoolAttrs[] = [
  { poolSize: [2, 2], strides: [2, 2], padding: 'valid' },
  { poolSize: [3, 3], strides: [2, 2], padding: 'same' },
  { poolSize: [3, 3], strides: [2, 2], padding: 'valid' },
  { poolSize: [3, 2], strides: [1, 3], padding: 'same' },
  { poolSize: [2, 3], strides: [3, 1], padding: [1, 0, 0, 2] },
  { poolSize: [1, 1], strides: [2, 2], padding: 'valid' },
]
const show = ({ poolSize, strides, padding }: PoolAttrs) => `pool ${String(poolSize)}, stride ${String(strides)}, ${String(padding)}`
const cases: OpCase<PoolAttrs>[] = [1, 3, 5, 64].flatMap((C) =>
  geometries.map((attrs) => ({ name: `${C} channels, ${show(attrs)}`, inputs: [spiked([2, 9, 7, C], C)], attrs })),
)
const same = geometries[1]!
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
