import { expect, test } from 'vitest'
import { pad } from '../../src/kernels/pad.ts'
import { padReference } from '../reference/shaping.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const sides = [
  [1, 1, 1, 1],
  [0, 2, 3, 1],
  [3, 0, 0, 0],
  [0, 0, 0, 5],
  [0, 0, 0, 0],
  [-1, -2, -3, 0],
  [2, -1, -1, 1],
] as const
const cases: OpCase<{ padding: readonly [number, number, number, number]; value?: number }>[] = [1, 3, 5, 64].flatMap((C) =>
  sides.map((padding) => ({ name: `${C} channels, ${padding.join()}`, inputs: [spiked([2, 5, 3, C], C)], attrs: { padding } })),
)
const odd = { shape: [1, 1, 2, 1], data: new Float32Array([NaN, -Infinity]) }
testOp(
  pad,
  [
    ...cases,
    { name: 'values that are not finite', inputs: [odd], attrs: { padding: sides[0] } },
    { name: 'another number', inputs: [spiked([2, 3, 4, 5], 7)], attrs: { padding: [1, 2, -1, 3], value: -1.1 } },
  ],
  padReference,
)

testGradient(
  pad,
  sides.map((padding) => ({ name: padding.join(), inputs: [values([1, 5, 3, 3], 1)], attrs: { padding } })),
  padReference,
)

test('refuses other ranks, and cutting everything off', () => {
  expect(() => pad.shape([[5, 5, 3]], { padding: [1, 1, 1, 1] })).toThrow('[pad] x must have rank 4, got x [5,5,3]')
  const message = '[pad] padding must be whole numbers that leave a pixel, got padding [0,-3,0,-2] and x [1,5,5,3]'
  expect(() => pad.shape([[1, 5, 5, 3]], { padding: [0, -3, 0, -2] })).toThrow(message)
})
