import { expect, test } from 'vitest'
import { poolGrad } from '../../src/kernels/pool_grad.ts'
import { avgPoolGradReference, maxPoolGradReference, maxPoolReference } from '../reference/pooling.ts'
import { testOp } from '../support/op-cases.ts'
import { argmaxOf, GEOMETRIES, gradAttrs, show } from '../support/pools.ts'
import { spiked, values } from '../support/values.ts'

const cases = GEOMETRIES.flatMap((attrs, i) =>
  [[1, 64] as const, [3, 5] as const][i % 2]!.flatMap((C) => {
    const x = values([2, 9, 7, C], C)
    const dy = spiked(maxPoolReference([x], attrs).shape, C + 1)
    const name = `${C} channels, ${show(attrs)}`
    return [
      { name: `maximum, ${name}`, inputs: [dy, argmaxOf(x, attrs)], attrs: gradAttrs(attrs, x.shape) },
      { name: `mean, ${name}`, inputs: [dy], attrs: gradAttrs(attrs, x.shape) },
    ]
  }),
)
testOp(poolGrad, cases, (inputs, attrs) => (inputs[1] ? maxPoolGradReference : avgPoolGradReference)(inputs, attrs))

test('refuses a gradient of another size', () => {
  const shapes = [
    [1, 3, 2, 4],
    [1, 3, 2, 4],
  ]
  expect(() => poolGrad.shape(shapes, { ...GEOMETRIES[0]!, height: 4, width: 4 })).toThrow(
    "[poolGrad] dy and the pool's output must have one shape, got dy [1,3,2,4] and the pool's output [1,2,2,4]",
  )
})
