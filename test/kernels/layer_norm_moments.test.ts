import { expect, test } from 'vitest'
import { layerNormMoments, type LayerNormMomentsAttrs } from '../../src/kernels/layer_norm/moments.ts'
import { layerNormMomentsReference } from '../reference/layer_norm.ts'
import { layerNormCases } from '../support/layer_norm.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const more: OpCase<LayerNormMomentsAttrs>[] = [
  { name: '12 values each', inputs: [spiked([2, 3, 4, 8], 1)], attrs: { axes: [1, 3], each: 12 } },
  { name: 'parts of groups, the last smaller', inputs: [spiked([3, 5, 7, 6], 2)], attrs: { groups: 2, each: 25 } },
  { name: 'more than there are', inputs: [spiked([3, 5], 3)], attrs: { axes: [1], each: 9 } },
  // Deviations of 0.6 beyond a mean whose square is 1e8: what the mean of squares loses.
  { name: 'a mean far from 0', inputs: [values([3, 1500], 4, 1e4 - 1, 1e4 + 1)], attrs: { axes: [1] } },
  { name: 'all alike', inputs: [values([70, 4], 5, 0.1, 0.1)], attrs: { axes: [1] } },
]
testOp(
  layerNormMoments,
  [...layerNormCases.map(({ name, x, attrs: { axes, groups } }) => ({ name, inputs: [x], attrs: axes ? { axes } : { groups } })), ...more],
  layerNormMomentsReference,
)

test('refuses parts that are not of whole vectors', () => {
  const rule = '[layerNormMoments] each must be a positive whole number of vectors of 4, got'
  for (const each of [0, 2, 4.5]) expect(() => layerNormMoments.shape([[2, 8]], { axes: [1], each })).toThrow(`${rule} ${each}`)
})
