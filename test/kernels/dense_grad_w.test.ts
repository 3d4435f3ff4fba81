import { expect, test } from 'vitest'
import { denseGradW } from '../../src/kernels/dense/grad_w.ts'
import { denseGradWReference } from '../reference/dense.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked } from '../support/values.ts'

const sizes = [
  [1, 1, 1],
  [1, 3, 10],
  [2, 64, 3],
  [3, 5, 33],
  [7, 129, 64],
  [33, 100, 10],
  [32, 130, 130],
  [9, 64, 68],
  [40, 36, 100],
  [2, 1, 130],
  [7, 1000, 1],
  [32, 512, 10],
  [130, 33, 12],
  [32, 128, 64],
] as const
const cases = sizes.map(([N, C, K]) => ({ name: `${N}x${C}x${K}`, inputs: [spiked([N, C], 1), spiked([N, K], 2)], attrs: {} }))

testOp(denseGradW, [...cases, { ...cases[6]!, name: 'in parts', options: { groupsPerPart: 1 } }], denseGradWReference)

test('rows that differ are refused', () => {
  expect(() =>
    denseGradW.shape(
      [
        [2, 5],
        [3, 4],
      ],
      {},
    ),
  ).toThrow('[denseGradW] rows of x and dy must match, got x [2,5] and dy [3,4]')
})
