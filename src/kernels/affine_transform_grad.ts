/** affineTransformGrad: each pixel gets the gradients of the output pixels that it was read for, times the weights that it was read with. */
import { ArgumentError, ShapeError } from '../errors.ts'
import { ceilDiv, expectRank, formatShape, sameShape, sizeOf } from '../shape.ts'
import { affineTransform } from './affine_transform.ts'
import { pixelThreads, threadGroups } from './common.ts'
import { FILL_MODES, type FillMode } from './fill_modes.ts'
import { defineGradient, defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './affine_transform_grad.wgsl'

export interface AffineTransformGradAttrs {
  /** Of the picture that was moved. */
  readonly height: number
  readonly width: number
  /** As of `affineTransform`. */
  readonly interpolation: 'nearest' | 'bilinear'
  readonly fillMode: FillMode
  readonly scipy?: boolean
}

/** dy [N,P,Q,C], transform [N,6] -> dx [N,height,width,C]. */
export const affineTransformGrad = defineOp<AffineTransformGradAttrs>({
  name: 'affineTransformGrad',
  inputs: ['dy', 'transform'],
  output: 'dx',
  shape([dy, transform], { height, width }) {
    expectRank('affineTransformGrad', 'dy', dy!, 4)
    if (!sameShape(transform!, [dy![0]!, 6])) {
      const got = `transform ${formatShape(transform)} and dy ${formatShape(dy)}`
      throw new ShapeError('affineTransformGrad', `transform must have six numbers for each sample, got ${got}`)
    }
    return [dy![0]!, height, width, dy![3]!]
  },
  cost: ({ inputs, output }) => ({ flops: 200 * sizeOf(inputs[0]!), bytes: f32Bytes(4 * sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ inputs, output, attrs }) => {
    const [, H, W, C] = output as readonly [number, number, number, number]
    const [, P, Q] = inputs[0] as readonly [number, number, number, number]
    const { interpolation, fillMode, scipy = false } = attrs
    const threads = pixelThreads(output)
    const how = { nearest: +(interpolation === 'nearest'), fill: FILL_MODES.indexOf(fillMode), scipy: +scipy }
    return { wgsl, sizes: { H, W, C, P, Q, CG: ceilDiv(C, 4), threads, ...how }, groups: threadGroups(threads) }
  }),
})

export const affineTransformGradient = defineGradient(
  affineTransform,
  ({ g, node, attrs: { interpolation, fillMode, scipy = false }, dy, needs }) => {
    const [x, transform] = node.inputs
    if (needs[1]) throw new ArgumentError('affineTransform', 'a transform must be drawn, got one that needs a gradient')
    const [, height, width] = x!.shape as readonly [number, number, number, number]
    return [g.add(affineTransformGrad, [dy, transform], { height, width, interpolation, fillMode, scipy }), undefined]
  },
)
