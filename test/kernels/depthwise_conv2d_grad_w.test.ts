import { expect, test } from 'vitest'
import { depthwiseWindow } from '../../src/kernels/depthwise_conv2d/geometry.ts'
import { depthwiseConv2dGradW, type DepthwiseConv2dGradWAttrs } from '../../src/kernels/depthwise_conv2d/grad_w.ts'
import { depthwiseConv2dGradWReference } from '../reference/conv2d.ts'
import { depthwiseCases, type DepthwiseCase } from '../support/depthwise.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

/** Values, and NaN in the lines and columns that no output sees. */
function unseenNaN({ x, filter, window }: Pick<DepthwiseCase, 'x' | 'filter' | 'window'>) {
  const { P, Q, pads } = depthwiseWindow('test', x, filter, window)
  const [, H, W, C] = x
  const seen = (size: number, outputs: number, at: 0 | 1) => {
    const taps = (o: number) =>
      Array.from({ length: filter[at] }, (_, s) => o * window.strides[at] + s * (window.dilations?.[at] ?? 1) - pads[at])
    const all = new Set(Array.from({ length: outputs }, (_, o) => taps(o)).flat())
    return Array.from({ length: size }, (_, i) => all.has(i))
  }
  const [lines, columns] = [seen(H, P, 0), seen(W, Q, 1)]
  const made = spiked(x, 1)
  const isSeen = (i: number) => lines[Math.floor(i / (C * W)) % H]! && columns[Math.floor(i / C) % W]!
  return { ...made, data: made.data.map((v, i) => (isSeen(i) ? v : NaN)) }
}

const cases = depthwiseCases.flatMap(({ name, x, filter, M, window }, i): OpCase<DepthwiseConv2dGradWAttrs>[] => {
  const { P, Q } = depthwiseWindow('test', x, filter, window)
  const inputs = [unseenNaN({ x, filter, window }), values([x[0], P, Q, x[3] * M], 2)]
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
