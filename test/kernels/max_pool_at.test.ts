import { expect, test } from 'vitest'
import type { PoolAttrs } from '../../src/kernels/common.ts'
import { maxPoolAt } from '../../src/kernels/max_pool_at.ts'
import { maxPoolAtReference, maxPoolReference } from '../reference/pooling.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { argmaxOf, GEOMETRIES, show } from '../support/pools.ts'
import { spiked, values } from '../support/values.ts'

function at(name: string, x: ReturnType<typeof values>, attrs: PoolAttrs): OpCase<PoolAttrs> {
  return { name, inputs: [x, argmaxOf(x, attrs)], attrs }
}

const wide: PoolAttrs = { poolSize: [1, 255], strides: [1, 1], padding: 'valid' }
const narrow: PoolAttrs = { poolSize: [16, 16], strides: [1, 1], padding: 'valid' }
const cases = [
  ...[1, 3, 5, 64].flatMap((C) => GEOMETRIES.map((attrs) => at(`${C} channels, ${show(attrs)}`, spiked([2, 9, 7, C], C), attrs))),
  at('windows 255 wide', values([1, 2, 300, 4], 1), wide),
  at('windows of 256 elements', values([2, 17, 19, 4], 2), narrow),
]
testOp(maxPoolAt, cases, maxPoolAtReference)

testGradient(
  maxPoolAt,
  GEOMETRIES.map((attrs) => at(show(attrs), values([2, 5, 7, 5], 3), attrs)),
  maxPoolAtReference,
)

test('the oracle gives the maxima', () => {
  for (const { inputs, attrs } of cases) expect(maxPoolAtReference(inputs, attrs).y).toEqual(maxPoolReference(inputs, attrs).y)
})

test('refuses bytes of another pool', () => {
  expect(() =>
    maxPoolAt.shape(
      [
        [1, 4, 4, 5],
        [1, 2, 2, 5],
      ],
      GEOMETRIES[0]!,
    ),
  ).toThrow("[maxPoolAt] argmax and maxPoolArgmax's output must have one shape, got argmax [1,2,2,5] and maxPoolArgmax's output [1,2,2,8]")
})
