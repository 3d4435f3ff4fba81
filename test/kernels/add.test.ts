import { expect, test } from 'vitest'
import { add } from '../../src/kernels/add.ts'
import { addReference } from '../reference/elementwise.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const bad = { shape: [6], data: new Float32Array([NaN, -NaN, Infinity, -Infinity, 1, -0]) }
const cases: OpCase<{ activation: 'linear' | 'relu' }>[] = (['linear', 'relu'] as const).flatMap((activation) => [
  { name: `${activation}, one element`, inputs: [spiked([1], 1), spiked([1], 2)], attrs: { activation } },
  { name: `${activation}, odd sizes`, inputs: [spiked([3, 5, 7, 3], 3), spiked([3, 5, 7, 3], 4)], attrs: { activation } },
  { name: `${activation}, more than one workgroup`, inputs: [spiked([1025], 5), spiked([1025], 6)], attrs: { activation } },
  { name: `${activation}, not finite`, inputs: [bad, { shape: [6], data: new Float32Array(6).fill(1) }], attrs: { activation } },
])
testOp(add, cases, addReference)

testGradient(
  add,
  (['linear', 'relu'] as const).map((activation) => ({
    name: activation,
    inputs: [values([2, 7], 1), values([2, 7], 2)],
    attrs: { activation },
  })),
  addReference,
)

test('refuses shapes that differ', () => {
  expect(() =>
    add.shape(
      [
        [2, 3],
        [3, 2],
      ],
      { activation: 'linear' },
    ),
  ).toThrow('[add] a and b must have one shape, got a [2,3] and b [3,2]')
})
