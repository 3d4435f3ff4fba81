import { expect, test } from 'vitest'
import { softmax } from '../../src/kernels/softmax.ts'
import { softmaxReference } from '../reference/loss.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

// Rows: some -Inf, all -Inf, a NaN, a NaN with the sign bit set, +Inf, +Inf beside NaN, all equal, finite.
const rows = [
  [-Infinity, 1, 2],
  [-Infinity, -Infinity, -Infinity],
  [1, NaN, 2],
  [1, 2, -NaN],
  [Infinity, 0, 1],
  [Infinity, NaN, -Infinity],
  [-5, -5, -5],
  [1, 2, 3],
]
const odd = { shape: [rows.length, 3], data: new Float32Array(rows.flat()) }
odd.data.set(new Float32Array(new Uint32Array([0xffc00001]).buffer), 11)

testOp(
  softmax,
  [
    { name: 'one score', inputs: [spiked([3, 1], 1)], attrs: {} },
    { name: 'ten scores', inputs: [values([5, 10], 2, -6, 6)], attrs: {} },
    { name: 'as many scores as lanes', inputs: [values([2, 32], 3, -6, 6)], attrs: {} },
    { name: '1000 scores', inputs: [values([3, 1000], 4, -9, 9)], attrs: {} },
    { name: 'large scores', inputs: [values([4, 37], 5, -1e4, 1e4)], attrs: {} },
    { name: 'the largest scores', inputs: [{ shape: [1, 3], data: new Float32Array([3e38, -3e38, 3e38]) }], attrs: {} },
    { name: 'more rows than one dimension of workgroups', inputs: [values([65540, 2], 6)], attrs: {} },
    { name: 'not finite', inputs: [odd], attrs: {} },
  ],
  softmaxReference,
)

testGradient(
  softmax,
  [
    { name: 'one score', inputs: [values([2, 1], 1)], attrs: {} },
    { name: 'seven scores', inputs: [values([3, 7], 2, -3, 3)], attrs: {} },
  ],
  softmaxReference,
)

test('refuses other ranks', () => {
  expect(() => softmax.shape([[2, 3, 4]], {})).toThrow('[softmax] x must have rank 2, got x [2,3,4]')
})
