/** affineTransform: every sample turned, scaled, moved and cut by a matrix of its own, in one resampling. */
import { ArgumentError, ShapeError } from '../errors.ts'
import { ceilDiv, expectRank, formatShape, sameShape, sizeOf } from '../shape.ts'
import { pixelThreads, threadGroups } from './common.ts'
import { FILL_MODES, type FillMode } from './fill_modes.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './affine_transform.wgsl'

export interface AffineTransformAttrs {
  /** Of the output. */
  readonly height: number
  readonly width: number
  /** `nearest` rounds halves away from 0. */
  readonly interpolation: 'nearest' | 'bilinear'
  readonly fillMode: FillMode
  /** The k of `constant`. */
  readonly fillValue: number
  /**
   * As SciPy has it: with `constant`, nothing is between the outer pixels and what is beyond them; with `wrap` the last pixel is the first of what
   * follows. Default false.
   */
  readonly scipy?: boolean
}

/**
 * x [N,H,W,C], transform [N,6] (a0, a1, a2, b0, b1, b2) -> [N,height,width,C]: y at column q and row p is x at column a0 * q + a1 * p + a2 and
 * row b0 * q + b1 * p + b2. Four pixels are read for one, each where the picture is continued, as Keras does on JAX; TensorFlow differs
 * within a pixel of an edge that wraps. The gradient is by x alone: the numbers are drawn.
 */
export const affineTransform = defineOp<AffineTransformAttrs>({
  name: 'affineTransform',
  inputs: ['x', 'transform'],
  output: 'y',
  shape([x, transform], { height, width, interpolation, fillMode, fillValue }) {
    expectRank('affineTransform', 'x', x!, 4)
    if (!sameShape(transform!, [x![0]!, 6])) {
      const got = `transform ${formatShape(transform)} and x ${formatShape(x)}`
      throw new ShapeError('affineTransform', `transform must have six numbers for each sample, got ${got}`)
    }
    if (![height, width].every((n) => Number.isInteger(n) && n > 0))
      throw new ShapeError('affineTransform', `height and width must be positive whole numbers, got ${height} and ${width}`)
    if (!FILL_MODES.includes(fillMode))
      throw new ArgumentError('affineTransform', `fillMode must be one of ${FILL_MODES.join(', ')}, got ${String(fillMode)}`)
    if (interpolation !== 'nearest' && interpolation !== 'bilinear')
      throw new ArgumentError('affineTransform', `interpolation must be nearest or bilinear, got ${String(interpolation)}`)
    if (!Number.isFinite(fillValue)) throw new ArgumentError('affineTransform', `fillValue must be finite, got ${fillValue}`)
    return [x![0]!, height, width, x![3]!]
  },
  cost: ({ inputs, output }) => ({ flops: 16 * sizeOf(output), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ inputs, output, attrs }) => {
    const [, H, W, C] = inputs[0] as readonly [number, number, number, number]
    const { height: P, width: Q, interpolation, fillMode, fillValue, scipy = false } = attrs
    const threads = pixelThreads(output)
    const how = { nearest: +(interpolation === 'nearest'), fill: FILL_MODES.indexOf(fillMode), fillValue, scipy: +scipy }
    return { wgsl, sizes: { H, W, C, P, Q, CG: ceilDiv(C, 4), threads, ...how }, groups: threadGroups(threads) }
  }),
})
