import { expect, test } from 'vitest'
import { conv2dGradX, type Conv2dGradXAttrs } from '../../src/kernels/conv2d/grad_x.ts'
import { conv2dTransposeReference } from '../reference/conv2d.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const attrs: Conv2dGradXAttrs = { strides: [1, 1], groups: 1, size: [5, 7], cut: [1, 1], activation: 'linear' }
const cases: OpCase<Conv2dGradXAttrs>[] = [
  { name: '3x3 same', inputs: [spiked([2, 5, 7, 8], 1), values([3, 3, 12, 8], 2)], attrs },
  { name: 'stride 2', inputs: [spiked([1, 3, 4, 5], 1), values([3, 3, 3, 5], 2)], attrs: { ...attrs, strides: [2, 2] } },
  { name: '2 groups', inputs: [spiked([1, 5, 7, 8], 1), values([3, 3, 4, 8], 2)], attrs: { ...attrs, groups: 2 } },
]
testOp(conv2dGradX, cases, conv2dTransposeReference)

test('refuses what does not fit', () => {
  const shapes = [
    [1, 5, 7, 3],
    [3, 3, 6, 4],
  ]
  expect(() => conv2dGradX.shape(shapes, attrs)).toThrow("[conv2dGradX] input channels must match the kernel's last axis")
})
