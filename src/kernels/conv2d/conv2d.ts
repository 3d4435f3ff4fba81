/**
 * conv2d: 2-D convolution (cross-correlation, as Keras and TensorFlow mean it), y = act(conv(x, w) * s + b + r).
 *
 * x [N,H,W,C], w [R,S,C/groups,K], b? [K], r? [N,P,Q,K], s? [K] -> y [N,P,Q,K]. Output channel k reads the input channels of its own
 * group, k / (K/groups).
 */
import { ShapeError } from '../../errors.ts'
import { expectRank, formatShape, sizeOf, type Shape } from '../../shape.ts'
import { checkEpilogue, epilogueOf } from '../epilogue.ts'
import { forwardVariants } from '../gemm/variants.ts'
import { defineOp, f32Bytes, type KernelIO } from '../kernel.ts'
import { convGeometry, convWindow, type Conv2dAttrs } from './geometry.ts'

export type { Conv2dAttrs } from './geometry.ts'

function outputShape([x, w, b, r, s]: readonly (Shape | undefined)[], attrs: Conv2dAttrs): Shape {
  const { groups } = attrs
  expectRank('conv2d', 'x', x!, 4)
  expectRank('conv2d', 'w', w!, 4)
  const [N, , , C] = x as [number, number, number, number]
  const [R, S, Cg, K] = w as [number, number, number, number]
  if (C % groups !== 0 || K % groups !== 0) {
    const got = `got ${groups} groups, x ${formatShape(x)} and w ${formatShape(w)}`
    throw new ShapeError('conv2d', `groups must divide input and output channels, ${got}`)
  }
  if (C !== Cg * groups) {
    const rule = groups === 1 ? 'input channels must match the kernel' : `input channels must be ${groups} groups of the kernel's`
    throw new ShapeError('conv2d', `${rule}, got x ${formatShape(x)} and w ${formatShape(w)}`)
  }
  const { P, Q } = convWindow('conv2d', x!, [R, S], attrs)
  const y = [N, P, Q, K]
  checkEpilogue('conv2d', 'filter', w!, y, [b, r, s])
  return y
}

export const conv2d = defineOp<Conv2dAttrs>({
  name: 'conv2d',
  inputs: ['x', 'w', 'b?', 'r?', 's?'],
  output: 'y',
  shape: outputShape,
  cost: ({ inputs, output }) => {
    const [R, S, Cg] = inputs[1] as [number, number, number]
    return {
      flops: 2 * sizeOf(output) * R * S * Cg,
      bytes: f32Bytes(sizeOf(output), ...inputs.map((s) => (s ? sizeOf(s) : 0))),
    }
  },
  sliceable: true,
  variants: forwardVariants(
    ({ inputs, attrs, slice }: KernelIO<Conv2dAttrs>) => convGeometry('conv2d', inputs[0]!, inputs[1]!, attrs, slice),
    ({ inputs, attrs }) => epilogueOf(inputs.slice(2), attrs),
  ),
  epilogue: { bias: 2, residual: 3, scale: 4 },
})
