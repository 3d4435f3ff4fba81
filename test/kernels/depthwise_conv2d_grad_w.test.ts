import { expect, test } from 'vitest'
import { depthwiseWindow } from '../../src/kernels/depthwise_conv2d/geometry.ts'
import { depthwiseConv2dGradW, type DepthwiseConv2dGradWAttrs } from '../../src/kernels/depthwise_conv2d/grad_w.ts'
import { depthwiseConv2dGradWReference } from '../reference/conv2d.ts'
import { depthwiseCases } from '../support/depthwise.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const cases = depthwiseCases.flatMap(({ name, x, filter, M, window }, i): OpCase<DepthwiseConv2dGradWAttrs>[] => {
  const { P, Q } = depthwiseWindow('test', x, filter, window)
  const inputs = [spiked(x, 1), values([x[0], P, Q, x[3] * M], 2)]
  const whole = { name, inputs, attrs: { ...window, filter } }
  return i % 2 ? [whole] : [whole, { name: `${name}, 4 lines each`, inputs, attrs: { ...whole.attrs, lines: 4 } }]
})
testOp(depthwiseConv2dGradW, cases, depthwiseConv2dGradWReference)

test('refuses what does not fit', () => {
  const attrs: DepthwiseConv2dGradWAttrs = { strides: [1, 1], padding: 'valid', filter: [3, 3] }
  const shape = (dy: number[], lines?: number) => () =>
    depthwiseConv2dGradW.shape([[1, 8, 8, 3], dy], { ...attrs, ...(lines !== undefined && { lines }) })
  expect(shape([1, 8, 8, 3])).toThrow("[depthwiseConv2dGradW] dy must have the output's shape, got dy [1,8,8,3] and [1,6,6,3]")
  expect(shape([1, 6, 6, 4])).toThrow('the filters must be a multiple of the input channels, got x [1,8,8,3] and w [3,3,4]')
  expect(shape([1, 6, 6, 3], 0)).toThrow('lines must be a positive whole number, got 0')
})
