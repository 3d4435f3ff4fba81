import { expect, test } from 'vitest'
import { transpose } from '../../src/kernels/transpose.ts'
import { transposeReference } from '../reference/shaping.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

testOp(
  transpose,
  [
    { name: 'channels first', inputs: [spiked([2, 5, 3, 7], 1)], attrs: { axes: [0, 3, 1, 2] } },
    { name: 'all turned round', inputs: [spiked([2, 5, 3, 7], 2)], attrs: { axes: [3, 2, 1, 0] } },
    { name: 'a matrix, more than one workgroup', inputs: [spiked([33, 31], 3)], attrs: { axes: [1, 0] } },
    { name: 'rank 3', inputs: [spiked([2, 3, 5], 4)], attrs: { axes: [0, 2, 1] } },
    { name: 'bits that are no numbers', inputs: [{ shape: [1, 2], data: new Float32Array([NaN, -Infinity]) }], attrs: { axes: [1, 0] } },
  ],
  transposeReference,
)

testGradient(
  transpose,
  [
    [0, 2, 3, 1],
    [3, 0, 1, 2],
    [1, 0],
    [2, 0, 1],
  ].map((axes) => ({ name: axes.join(), inputs: [values([2, 4, 3, 5].slice(0, axes.length), 1)], attrs: { axes } })),
  transposeReference,
)

test('refuses what is no permutation', () => {
  const rule = '[transpose] axes must be a permutation of those of x, 4 at most'
  expect(() => transpose.shape([[2, 3]], { axes: [0, 0] })).toThrow(`${rule}, got axes [0,0] and x [2,3]`)
  expect(() => transpose.shape([[1, 1, 1, 1, 2]], { axes: [0, 1, 2, 3, 4] })).toThrow(rule)
})
