import { expect, test } from 'vitest'
import { layerNormSums } from '../../src/kernels/layer_norm/sums.ts'
import { layerNormSumsReference } from '../reference/layer_norm.ts'
import { layerNormCases } from '../support/layer_norm.ts'
import { testOp } from '../support/op-cases.ts'

testOp(
  layerNormSums,
  layerNormCases.flatMap(({ name, x, gamma, moments, dy, attrs: { epsilon: _, ...attrs } }, i) => [
    { name, inputs: [x, i % 3 === 1 ? undefined : gamma, moments, dy], attrs },
    ...(i % 2 ? [{ name: `${name}, 8 values each`, inputs: [x, gamma, moments, dy], attrs: { ...attrs, each: 8 } }] : []),
  ]),
  layerNormSumsReference,
)

test('refuses what does not fit', () => {
  const attrs = { axes: [1], kind: 'standard' } as const
  const rule = '[layerNormSums] dy and x must have one shape, got dy [2,4] and x [2,3]'
  expect(() => layerNormSums.shape([[2, 3], [3], [2, 2], [2, 4]], attrs)).toThrow(rule)
})
