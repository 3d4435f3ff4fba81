import { expect, test } from 'vitest'
import { maxPoolGrad } from '../../src/kernels/max_pool_grad.ts'
import { maxPoolGradReference, maxPoolReference } from '../reference/pooling.ts'
import { testOp } from '../support/op-cases.ts'
import { argmaxOf, GEOMETRIES, gradAttrs, show } from '../support/pools.ts'
import { spiked, values } from '../support/values.ts'

const cases = [1, 3, 5, 64].flatMap((C) =>
  GEOMETRIES.map((attrs) => {
    const x = values([2, 9, 7, C], C)
    const dy = spiked(maxPoolReference([x], attrs).shape, C + 1)
    return { name: `${C} channels, ${show(attrs)}`, inputs: [dy, argmaxOf(x, attrs)], attrs: gradAttrs(attrs, x.shape) }
  }),
)
testOp(maxPoolGrad, cases, maxPoolGradReference)

test('refuses a gradient of another size', () => {
  const shapes = [
    [1, 3, 2, 4],
    [1, 3, 2, 4],
  ]
  expect(() => maxPoolGrad.shape(shapes, { ...GEOMETRIES[0]!, height: 4, width: 4 })).toThrow(
    "[maxPoolGrad] dy and the pool's output must have one shape, got dy [1,3,2,4] and the pool's output [1,2,2,4]",
  )
})
