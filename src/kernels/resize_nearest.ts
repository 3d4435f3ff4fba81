/** resizeNearest: the nearest pixel, with half-pixel centres as Keras Resizing and UpSampling2D have them. */
import { ShapeError } from '../errors.ts'
import { ceilDiv, expectRank, formatShape, sizeOf } from '../shape.ts'
import { pixelThreads, threadGroups } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import wgsl from './resize_nearest.wgsl'

export interface ResizeNearestAttrs {
  readonly height: number
  readonly width: number
}

/** Largest numerator of a source position that the shader's u32 holds with room to spare. */
const MAX_NUMERATOR = 2 ** 31

/** x [N,H,W,C] -> [N,height,width,C]: output p takes input floor((p + 0.5) * H / P). */
export const resizeNearest = defineOp<ResizeNearestAttrs>({
  name: 'resizeNearest',
  inputs: ['x'],
  output: 'y',
  shape([x], { height, width }) {
    expectRank('resizeNearest', 'x', x!, 4)
    const [N, H, W, C] = x as readonly [number, number, number, number]
    const sizes = [height, width]
    if (!sizes.every((n) => Number.isInteger(n) && n > 0) || 2 * H * height > MAX_NUMERATOR || 2 * W * width > MAX_NUMERATOR) {
      const rule = 'height and width must be positive whole numbers, and below 2^30 times the input size of their axis'
      throw new ShapeError('resizeNearest', `${rule}, got ${formatShape(sizes)} and x ${formatShape(x)}`)
    }
    return [N, height, width, C]
  },
  cost: ({ output }) => ({ flops: 0, bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: {
    any: {
      wgsl,
      consts({ inputs, output }) {
        const [, H, W, C] = inputs[0] as readonly [number, number, number, number]
        const [, P, Q] = output as readonly [number, number, number, number]
        return { H, W, C, P, Q, CG: ceilDiv(C, 4), THREADS: pixelThreads(output) }
      },
      workgroups: ({ output }) => threadGroups(pixelThreads(output)),
    },
  },
})
