import { expect, test } from 'vitest'
import { denseGradX } from '../../src/kernels/dense/grad_x.ts'
import { denseGradXReference } from '../reference/dense.ts'
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
  [1, 129, 64],
  [32, 512, 10],
  [130, 33, 12],
  [3, 1000, 128],
  [33, 64, 64],
  [12, 68, 132],
] as const
const cases = sizes.map(([N, C, K]) => ({ name: `${N}x${C}x${K}`, inputs: [spiked([N, K], 1), spiked([C, K], 2)], attrs: {} }))

const inParts = [cases[6]!, cases[8]!].map((c) => ({ ...c, name: `${c.name} in parts`, options: { groupsPerPart: 1 } }))

testOp(denseGradX, [...cases, ...inParts], denseGradXReference)

test('columns that differ are refused', () => {
  expect(() =>
    denseGradX.shape(
      [
        [2, 5],
        [3, 4],
      ],
      {},
    ),
  ).toThrow('[denseGradX] columns of dy and w must match, got dy [2,5] and w [3,4]')
})
