import { expect, test } from 'vitest'
import { depthwiseWindow } from '../../src/kernels/depthwise_conv2d/geometry.ts'
import { depthwiseConv2dGradX, type DepthwiseConv2dGradXAttrs } from '../../src/kernels/depthwise_conv2d/grad_x.ts'
import { depthwiseConv2dGradXReference } from '../reference/conv2d.ts'
import { depthwiseCases } from '../support/depthwise.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const cases = depthwiseCases.map(({ name, x, filter, M, window }): OpCase<DepthwiseConv2dGradXAttrs> => {
  const { P, Q } = depthwiseWindow('test', x, filter, window)
  const K = x[3] * M
  return {
    name,
    inputs: [spiked([x[0], P, Q, K], 1), values([...filter, K], 2)],
    attrs: { ...window, image: [x[1], x[2], x[3]] },
  }
})
testOp(depthwiseConv2dGradX, cases, depthwiseConv2dGradXReference)

test('refuses what does not fit', () => {
  const attrs: DepthwiseConv2dGradXAttrs = { strides: [1, 1], padding: 'valid', image: [8, 8, 3] }
  const shape = (dy: number[], w: number[]) => () => depthwiseConv2dGradX.shape([dy, w], attrs)
  expect(shape([1, 8, 8, 3], [3, 3, 3])).toThrow("[depthwiseConv2dGradX] dy must have the output's shape, got dy [1,8,8,3] and [1,6,6,3]")
  expect(shape([1, 6, 6, 4], [3, 3, 4])).toThrow('the filters must be a multiple of the input channels, got x [1,8,8,3] and w [3,3,4]')
  expect(shape([1, 6, 6, 3], [3, 3, 6])).toThrow('dy must have a channel for each filter, got dy [1,6,6,3] and w [3,3,6]')
})
