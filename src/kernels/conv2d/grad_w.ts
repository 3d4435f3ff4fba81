/**
 * conv2dGradW: the gradient of a convolution by its filters, x [N,H,W,C], dy [N,P,Q,K] -> dw [R,S,C/groups,K], or [slices,R,S,C/groups,K] where
 * the sum over the output pixels is cut into slices, so that many workgroups share it.
 */
import { ShapeError } from '../../errors.ts'
import { expectRank, formatShape, sizeOf, type Shape } from '../../shape.ts'
import { gradWVariants } from '../gemm/backward.ts'
import { defineOp, f32Bytes, type KernelIO } from '../kernel.ts'
import { convGeometry, convWindow, type ConvWindow } from './geometry.ts'

export interface Conv2dGradWAttrs extends ConvWindow {
  readonly filter: readonly [R: number, S: number]
  /** Default: one, and then no axis for them. */
  readonly slices?: number
}

function outputShape([x, dy]: readonly (Shape | undefined)[], attrs: Conv2dGradWAttrs): Shape {
  expectRank('conv2dGradW', 'x', x!, 4)
  expectRank('conv2dGradW', 'dy', dy!, 4)
  const { P, Q } = convWindow('conv2dGradW', x!, attrs.filter, attrs)
  const [N, , , C] = x as [number, number, number, number]
  const K = dy![3]!
  if (formatShape(dy) !== formatShape([N, P, Q, K])) {
    throw new ShapeError('conv2dGradW', `dy must have the output's shape, got dy ${formatShape(dy)} and ${formatShape([N, P, Q, K])}`)
  }
  if (C % attrs.groups !== 0 || K % attrs.groups !== 0) {
    const got = `got ${attrs.groups} groups, x ${formatShape(x)} and dy ${formatShape(dy)}`
    throw new ShapeError('conv2dGradW', `groups must divide input and output channels, ${got}`)
  }
  const dw = [...attrs.filter, C / attrs.groups, K]
  return attrs.slices === undefined ? dw : [attrs.slices, ...dw]
}

export const conv2dGradW = defineOp<Conv2dGradWAttrs>({
  name: 'conv2dGradW',
  inputs: ['x', 'dy'],
  output: 'dw',
  shape: outputShape,
  cost: ({ inputs, output, attrs }) => {
    const [N, P, Q] = inputs[1] as [number, number, number]
    return {
      flops: (2 * sizeOf(output) * N * P * Q) / (attrs.slices ?? 1),
      bytes: f32Bytes(sizeOf(output), sizeOf(inputs[0]!), sizeOf(inputs[1]!)),
    }
  },
  variants: gradWVariants(
    ({ inputs, output, attrs }: KernelIO<Conv2dGradWAttrs>) => convGeometry('conv2dGradW', inputs[0]!, output.slice(-4), attrs),
    ({ attrs }) => attrs.slices ?? 1,
  ),
})
