/**
 * conv2d: 2-D convolution (cross-correlation, as Keras and TensorFlow mean it), y = act(conv(x, w) + b + r).
 *
 * x [N,H,W,C], w [R,S,C/groups,K], b? [K], r? [N,P,Q,K] -> y [N,P,Q,K]. Output channel k reads the input channels of its own
 * group, k / (K/groups). Two classes: `conv2d.register.ts` and `conv2d.tiled.ts` say how each works.
 */
import { ShapeError } from '../../errors.ts'
import { expectRank, formatShape, sameShape, sizeOf, window2d, type Shape } from '../../shape.ts'
import type { Conv2dAttrs } from './geometry.ts'
import { registerVariant } from './register.ts'
import { tiledVariant } from './tiled.ts'
import { defineOp, f32Bytes } from '../kernel.ts'

export type { Conv2dAttrs } from './geometry.ts'

function outputShape([x, w, b, r]: readonly (Shape | undefined)[], { strides, padding, groups }: Conv2dAttrs): Shape {
  expectRank('conv2d', 'x', x!, 4)
  expectRank('conv2d', 'w', w!, 4)
  const [N, H, W, C] = x as [number, number, number, number]
  const [R, S, Cg, K] = w as [number, number, number, number]
  if (C % groups !== 0 || K % groups !== 0) {
    const got = `got ${groups} groups, x ${formatShape(x)} and w ${formatShape(w)}`
    throw new ShapeError('conv2d', `groups must divide input and output channels, ${got}`)
  }
  if (C !== Cg * groups) {
    const rule = groups === 1 ? 'input channels must match the kernel' : `input channels must be ${groups} groups of the kernel's`
    throw new ShapeError('conv2d', `${rule}, got x ${formatShape(x)} and w ${formatShape(w)}`)
  }
  const { P, Q } = window2d('conv2d', [H, W], [R, S], strides, padding)
  const y = [N, P, Q, K]
  if (b && !sameShape(b, [K])) {
    throw new ShapeError('conv2d', `bias must have one value per filter, got b ${formatShape(b)} and w ${formatShape(w)}`)
  }
  if (r && !sameShape(r, y)) {
    throw new ShapeError('conv2d', `residual must have the output's shape, got r ${formatShape(r)} and y ${formatShape(y)}`)
  }
  return y
}

export const conv2d = defineOp<Conv2dAttrs>({
  name: 'conv2d',
  inputs: ['x', 'w', 'b?', 'r?'],
  output: 'y',
  shape: outputShape,
  cost: ({ inputs, output }) => {
    const [R, S, Cg] = inputs[1] as [number, number, number]
    return {
      flops: 2 * sizeOf(output) * R * S * Cg,
      bytes: f32Bytes(sizeOf(output), ...inputs.map((s) => (s ? sizeOf(s) : 0))),
    }
  },
  variants: [registerVariant, tiledVariant],
  epilogue: { bias: 2, residual: 3 },
})
