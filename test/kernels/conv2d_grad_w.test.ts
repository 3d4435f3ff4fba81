import { expect, test } from 'vitest'
import { conv2dGradW, type Conv2dGradWAttrs } from '../../src/kernels/conv2d/grad_w.ts'
import { convWindow } from '../../src/kernels/conv2d/geometry.ts'
import { conv2dGradWReference } from '../reference/conv2d.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

type Four = readonly [number, number, number, number]

function make(name: string, x: Four, w: Four, options: Partial<Conv2dGradWAttrs> = {}, groupsPerPart?: number): OpCase<Conv2dGradWAttrs> {
  const attrs: Conv2dGradWAttrs = { strides: [1, 1], padding: 'valid', groups: 1, filter: [w[0], w[1]], ...options }
  const { P, Q } = convWindow('test', x, attrs.filter, attrs)
  return {
    name: `${name}: x [${x.join()}] w [${w.join()}] ${JSON.stringify(options)}`,
    inputs: [spiked(x, 1), values([x[0], P, Q, w[3]], 2)],
    attrs,
    ...(groupsPerPart && { options: { groupsPerPart } }),
  }
}

testOp(
  conv2dGradW,
  [
    make('3x3 same', [2, 7, 9, 8], [3, 3, 8, 12], { padding: 'same' }),
    make('3x3 valid', [1, 8, 6, 16], [3, 3, 16, 20]),
    make('first layer', [2, 15, 17, 3], [3, 3, 3, 32], { strides: [2, 2] }),
    make('odd channels', [1, 6, 5, 5], [3, 3, 5, 7], { padding: 'same' }),
    make('1x1', [3, 5, 4, 20], [1, 1, 20, 68]),
    make('1x1 stride 2', [2, 9, 8, 16], [1, 1, 16, 24], { strides: [2, 2] }),
    make('7x7 larger than the input', [1, 4, 3, 4], [7, 7, 4, 8], { padding: 'same' }),
    make('deep', [1, 4, 4, 136], [1, 3, 136, 72], { padding: 'same' }),
    make('unequal strides', [1, 9, 10, 6], [3, 3, 6, 4], { strides: [3, 2], padding: 'same' }),
    make('stride larger than the window', [1, 10, 11, 4], [2, 2, 4, 8], { strides: [5, 3] }),
    make('asymmetric padding', [1, 6, 7, 8], [3, 3, 8, 8], { padding: [0, 2, 1, 0] }),
    make('cut off', [1, 9, 9, 8], [3, 3, 8, 8], { padding: [-1, -2, 0, -1] }),
    make('dilated', [2, 9, 11, 8], [3, 3, 8, 20], { dilations: [2, 3] }),
    make('2 groups', [1, 6, 6, 16], [3, 3, 8, 16], { groups: 2, padding: 'same' }),
    make('3 groups, odd channels', [2, 5, 4, 15], [2, 3, 5, 12], { groups: 3 }),
    make('depthwise', [1, 7, 6, 12], [3, 3, 1, 12], { groups: 12, padding: 'same' }),
    make('in parts', [2, 9, 9, 5], [3, 3, 5, 33], { padding: 'same' }, 3),
  ],
  conv2dGradWReference,
)

test('refuses a dy that is not of the output', () => {
  const attrs: Conv2dGradWAttrs = { strides: [1, 1], padding: 'valid', groups: 1, filter: [3, 3] }
  const shapes = [
    [1, 8, 8, 3],
    [1, 8, 8, 4],
  ]
  expect(() => conv2dGradW.shape(shapes, attrs)).toThrow("[conv2dGradW] dy must have the output's shape, got dy [1,8,8,4] and [1,6,6,4]")
})
