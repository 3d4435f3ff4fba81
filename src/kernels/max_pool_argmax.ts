/**
 * maxPoolArgmax: which element of each window is the maximum, in a byte. Of equal ones it is the first in row-major order, as in TensorFlow.
 * The first NaN wins, as maxPool gives NaN then.
 */
import { bytesOf } from '../dtype.ts'
import { ShapeError } from '../errors.ts'
import { ceilDiv, formatShape, sizeOf, type Shape } from '../shape.ts'
import { pixelThreads, poolGradSizes, poolShape, threadGroups, type PoolAttrs } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './max_pool_argmax.wgsl'

/** Elements of a window that a byte tells apart. */
const MAX_ELEMENTS = 256

/** Whether a window's elements can be told apart by a byte. */
export function fitsByte({ poolSize: [R, S] }: PoolAttrs): boolean {
  return R * S <= MAX_ELEMENTS
}

/** Shape of the bytes for the output [N,P,Q,C] of a pool: a word of four channels CG = ceil(C / 4) apart. */
export function argmaxShape([N, P, Q, C]: Shape): Shape {
  return [N!, P!, Q!, 4 * ceilDiv(C!, 4)]
}

/** x [N,H,W,C] -> u8 [N,P,Q,4*CG]: byte 4 * k + j of a pixel is r * S + s of channel k + j * CG; of no meaning from channel C on. */
export const maxPoolArgmax = defineOp<PoolAttrs>({
  name: 'maxPoolArgmax',
  inputs: ['x'],
  output: 'argmax',
  shape([x], attrs) {
    const y = poolShape('maxPoolArgmax', x!, attrs)
    if (fitsByte(attrs)) return argmaxShape(y)
    throw new ShapeError(
      'maxPoolArgmax',
      `a pool that is trained through must have ${MAX_ELEMENTS} elements at most, got ${formatShape(attrs.poolSize)}`,
    )
  },
  dtypes: () => ({ argmax: 'u8' }),
  cost: ({ inputs, output, attrs }) => ({
    flops: 4 * sizeOf(output) * sizeOf(attrs.poolSize),
    bytes: f32Bytes(sizeOf(inputs[0]!)) + bytesOf({ shape: output, dtype: 'u8' }),
  }),
  variants: everywhere(({ inputs, output, attrs }) => {
    const [, height, width] = inputs[0] as readonly [number, number, number]
    const sizes = poolGradSizes('maxPoolArgmax', { inputs, output: inputs[0]!, attrs: { ...attrs, height, width } })
    return { wgsl, sizes: { ...sizes, threads: pixelThreads(output) }, groups: threadGroups(pixelThreads(output)) }
  }),
})
