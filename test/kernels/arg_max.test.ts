import { expect, test } from 'vitest'
import { argMax } from '../../src/kernels/arg_max.ts'
import { argMaxReference } from '../reference/sorting.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const attrs = { smallest: false, signedZeros: false }

const rows = [
  [1, 3, 3, 2],
  [-Infinity, -Infinity, -Infinity, -Infinity],
  [1, NaN, Infinity, NaN],
  [-2, -0, 0, -1],
  [NaN, 5, 6, 7],
  [-0, 0, -0, 1],
  [0, -0, 0, -1],
  [2, -0, 0, 3],
]

testOp(
  argMax,
  [
    { name: 'one value', inputs: [spiked([3, 1], 1)], attrs },
    { name: 'more than one workgroup', inputs: [spiked([130, 7], 2)], attrs },
    { name: 'long rows', inputs: [values([2, 1000], 3)], attrs },
    ...[false, true].flatMap((smallest) =>
      [false, true].map((signedZeros) => ({
        name: `equal ones, and what is not finite, ${smallest ? 'smallest' : 'largest'}, ${signedZeros ? '-0 below 0' : '-0 as 0'}`,
        inputs: [{ shape: [8, 4], data: new Float32Array(rows.flat()) }],
        attrs: { smallest, signedZeros },
      })),
    ),
  ],
  argMaxReference,
)

testGradient(argMax, [{ name: 'a place does not change', inputs: [values([3, 5], 4)], attrs }], argMaxReference)

test('refuses more places than f32 tells apart', () => {
  expect(() => argMax.shape([[1, 2 ** 24 + 1]], attrs)).toThrow(
    '[argMax] rows must have at most 16777216 values, whose places f32 can tell apart, got x [1,16777217]',
  )
})
