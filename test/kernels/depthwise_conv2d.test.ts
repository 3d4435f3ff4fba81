import { expect, test } from 'vitest'
import { depthwiseConv2d, type DepthwiseConv2dAttrs } from '../../src/kernels/depthwise_conv2d/depthwise_conv2d.ts'
import { depthwiseConv2dReference } from '../reference/conv2d.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const geometries: readonly (readonly [filter: readonly [number, number], Omit<DepthwiseConv2dAttrs, 'activation'>])[] = [
  [[3, 3], { strides: [1, 1], padding: 'same' }],
  [[3, 3], { strides: [2, 2], padding: 'valid' }],
  [[5, 3], { strides: [2, 1], padding: 'same' }],
  [[1, 1], { strides: [1, 1], padding: 'valid' }],
  [[2, 4], { strides: [1, 3], padding: [1, 0, 2, 1] }],
  [[1, 2], { strides: [1, 3], padding: 'same' }],
  [[1, 40], { strides: [1, 1], padding: [0, 20, 0, 19] }],
  [[3, 2], { strides: [1, 1], padding: 'same', dilations: [2, 3] }],
  [[2, 3], { strides: [2, 1], padding: 'valid', dilations: [1, 2] }],
]
const channels = [
  [1, 1],
  [3, 1],
  [8, 1],
  [36, 1],
  [3, 4],
  [4, 2],
] as const
const cases: OpCase<DepthwiseConv2dAttrs>[] = channels.flatMap(([C, M]) =>
  geometries.map(([filter, attrs], i) => ({
    name: `${C} channels of ${M}, filter ${filter.join('x')}, ${JSON.stringify(attrs)}`,
    inputs: [spiked([2, 9, 7, C], C), spiked([...filter, C * M], M), i % 2 ? undefined : spiked([C * M], 5), undefined],
    attrs: { ...attrs, activation: i % 2 ? 'linear' : 'relu' },
  })),
)
const residual: OpCase<DepthwiseConv2dAttrs> = {
  name: 'bias and residual',
  inputs: [spiked([1, 5, 5, 8], 1), spiked([3, 3, 8], 2), spiked([8], 3), spiked([1, 5, 5, 8], 4)],
  attrs: { strides: [1, 1], padding: 'same', activation: 'linear' },
}
const scaled = [8, 5].map((C): OpCase<DepthwiseConv2dAttrs> => ({
  name: `${C} channels, everything that may follow`,
  inputs: [spiked([2, 5, 6, C], 1), spiked([3, 3, C], 2), spiked([C], 3), spiked([2, 5, 6, C], 4), spiked([C], 5)],
  attrs: { strides: [1, 1], padding: 'same', activation: 'relu' },
}))
testOp(depthwiseConv2d, [...cases, residual, ...scaled], depthwiseConv2dReference)

const differentiated: OpCase<DepthwiseConv2dAttrs>[] = geometries.flatMap(([filter, attrs], i) => {
  const [C, M] = channels[(i + 2) % channels.length]!
  const few = C === 36 ? 2 : C
  return {
    name: `${few} channels of ${M}, filter ${filter.join('x')}, ${JSON.stringify(attrs)}`,
    inputs: [values([1, 5, 6, few], 1), values([...filter, few * M], 2), i % 2 ? undefined : values([few * M], 3)],
    attrs: { ...attrs, activation: i % 2 ? 'linear' : 'tanh' },
  }
})
const summed: OpCase<DepthwiseConv2dAttrs> = {
  ...residual,
  inputs: [values([1, 3, 4, 2], 1), values([3, 3, 2], 2), undefined, values([1, 3, 4, 2], 4)],
}
testGradient(depthwiseConv2d, [...differentiated, summed], depthwiseConv2dReference)

test('refuses what does not fit', () => {
  const attrs: DepthwiseConv2dAttrs = { strides: [1, 1], padding: 'same', activation: 'linear' }
  const shape =
    (...inputs: (number[] | undefined)[]) =>
    () =>
      depthwiseConv2d.shape(inputs, attrs)
  expect(shape([1, 5, 5, 4], [3, 3, 6])).toThrow(
    '[depthwiseConv2d] the filters must be a multiple of the input channels, got x [1,5,5,4] and w [3,3,6]',
  )
  expect(shape([1, 5, 5, 4], [3, 3, 4], [3])).toThrow('bias must have one value per filter, got b [3] and w [3,3,4]')
  expect(shape([1, 5, 5, 4], [3, 3, 4], undefined, [1, 5, 5, 3])).toThrow(
    "residual must have the output's shape, got r [1,5,5,3] and y [1,5,5,4]",
  )
})
