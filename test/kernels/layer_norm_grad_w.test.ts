import { expect, test } from 'vitest'
import { layerNormGradW } from '../../src/kernels/layer_norm/grad_w.ts'
import { layerNormGradWReference } from '../reference/layer_norm.ts'
import { layerNormCases } from '../support/layer_norm.ts'
import { testOp } from '../support/op-cases.ts'

testOp(
  layerNormGradW,
  layerNormCases.flatMap(({ name, x, moments, dy, attrs }, i) => [
    { name, inputs: [x, moments, dy], attrs },
    ...(i % 2 ? [{ name: `${name}, 3 lines each`, inputs: [x, moments, dy], attrs: { ...attrs, rows: 3 } }] : []),
  ]),
  layerNormGradWReference,
)

test('refuses rows that are none', () => {
  const attrs = { axes: [1], kind: 'standard', epsilon: 1e-3, rows: 0 } as const
  const rule = '[layerNormGradW] rows must be a positive whole number, got 0'
  expect(() =>
    layerNormGradW.shape(
      [
        [2, 3],
        [2, 2],
        [2, 3],
      ],
      attrs,
    ),
  ).toThrow(rule)
})
