import { describe, expect, test } from 'vitest'
import { dense, type DenseAttrs } from '../../src/kernels/dense.ts'
import { denseReference } from '../reference/dense.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

type Options = Partial<DenseAttrs> & { bias?: boolean; residual?: boolean; rows?: number; groupsPerPart?: number }

function denseCase(N: number, C: number, K: number, { bias, residual, rows, groupsPerPart, ...attrs }: Options = {}): OpCase<DenseAttrs> {
  const inputs = [spiked([N, C], 1), spiked([rows ?? C, K], 2), bias ? values([K], 3) : undefined, residual ? values([N, K], 4) : undefined]
  const options = [
    bias && 'bias',
    residual && 'residual',
    attrs.activation,
    rows && `rows ${attrs.xBegin}+${rows}`,
    groupsPerPart && 'parts',
  ]
    .filter(Boolean)
    .join(' ')
  return {
    name: `${N}x${C}x${K} ${options}`,
    inputs,
    attrs: { activation: 'linear', ...attrs },
    ...(groupsPerPart && { options: { groupsPerPart } }),
  }
}

const cases = [
  ...[
    [1, 1, 1],
    [1, 3, 10],
    [2, 64, 3],
    [3, 5, 33],
    [7, 129, 64],
    [33, 1000, 10],
    [32, 130, 130],
    [9, 64, 68],
    [40, 36, 100],
    [65, 8, 4],
  ].map(([N, C, K]) => denseCase(N!, C!, K!)),
  denseCase(5, 20, 24, { bias: true }),
  denseCase(5, 20, 24, { residual: true, activation: 'relu' }),
  denseCase(33, 70, 13, { bias: true, residual: true, activation: 'relu' }),
  denseCase(3, 40, 12, { rows: 16, xBegin: 8, bias: true }),
  denseCase(3, 41, 9, { rows: 17, xBegin: 5, residual: true }),
  denseCase(35, 64, 130, { groupsPerPart: 2, activation: 'relu' }),
]

testOp(dense, cases, denseReference)

describe('shapes that do not fit', () => {
  const linear = { activation: 'linear' as const }
  test.each([
    [
      [
        [2, 3],
        [4, 5],
      ],
      linear,
      '[dense] input features must match the kernel, got x [2,3] and w [4,5]',
    ],
    [
      [
        [2, 3, 1],
        [3, 5],
      ],
      linear,
      '[dense] x must have rank 2, got x [2,3,1]',
    ],
    [[[2, 3], [3, 5], [4]], linear, '[dense] bias must have one value per unit, got b [4] and w [3,5]'],
    [[[2, 3], [3, 5], undefined, [2, 4]], linear, "[dense] residual must have the output's shape, got r [2,4] and y [2,5]"],
    [
      [
        [2, 8],
        [4, 5],
      ],
      { ...linear, xBegin: 5 },
      "[dense] the kernel's rows must lie within the input from xBegin on, got xBegin 5, x [2,8] and w [4,5]",
    ],
  ])('%j', (shapes, attrs, message) => {
    expect(() => dense.shape(shapes, attrs)).toThrow(message)
  })
})
