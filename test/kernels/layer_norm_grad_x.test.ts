import { expect, test } from 'vitest'
import { layerNormGradX } from '../../src/kernels/layer_norm/grad_x.ts'
import { layerMomentsOf, layerNormGradXReference } from '../reference/layer_norm.ts'
import { layerNormCases } from '../support/layer_norm.ts'
import { testOp } from '../support/op-cases.ts'
import { values } from '../support/values.ts'

/** Rows shorter than the least that they are divided by. */
const short = values([3, 8], 1, -1e-3, 1e-3)

testOp(
  layerNormGradX,
  [
    ...layerNormCases.map(({ name, x, gamma, moments, dy, sums, attrs }, i) => ({
      name,
      inputs: [x, i % 3 === 1 ? undefined : gamma, moments, dy, sums],
      attrs,
    })),
    {
      name: 'below the least',
      inputs: [short, undefined, layerMomentsOf(short, { axes: [1] }), values([3, 8], 2), values([2, 3], 3)],
      attrs: { axes: [1], kind: 'unit', epsilon: 0.1 } as const,
    },
  ],
  layerNormGradXReference,
)

test('refuses sums that do not fit the rows', () => {
  const rule = '[layerNormGradX] sums must be [2,2], got [1,2]'
  const attrs = { axes: [1], kind: 'standard', epsilon: 1e-3 } as const
  expect(() => layerNormGradX.shape([[2, 3], undefined, [2, 2], [2, 3], [1, 2]], attrs)).toThrow(rule)
})
