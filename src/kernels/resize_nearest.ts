/** resizeNearest: the nearest pixel, with half-pixel centres as Keras Resizing and UpSampling2D have them. */
import { ShapeError } from '../errors.ts'
import { ceilDiv, expectRank, formatShape, sizeOf } from '../shape.ts'
import { fixedOnSoftware, pixelThreads, threadGroups } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import wgsl from './resize_nearest.wgsl'

export interface ResizeNearestAttrs {
  readonly height: number
  readonly width: number
}

/** Largest product of an axis's sizes before and after: the shader makes twice of it, in u32. */
const MAX_PRODUCT = 2 ** 30

/** x [N,H,W,C] -> [N,height,width,C]: output p takes input floor((p + 0.5) * H / P). */
export const resizeNearest = defineOp<ResizeNearestAttrs>({
  name: 'resizeNearest',
  inputs: ['x'],
  output: 'y',
  shape([x], { height, width }) {
    expectRank('resizeNearest', 'x', x!, 4)
    const [N, H, W, C] = x as readonly [number, number, number, number]
    const sizes = [height, width]
    if (!sizes.every((n) => Number.isInteger(n) && n > 0) || H * height > MAX_PRODUCT || W * width > MAX_PRODUCT) {
      const rule = 'height and width must be positive whole numbers, and times those of the input 2^30 at most'
      throw new ShapeError('resizeNearest', `${rule}, got ${formatShape(sizes)} and x ${formatShape(x)}`)
    }
    return [N, height, width, C]
  },
  cost: ({ output }) => ({ flops: 0, bytes: f32Bytes(2 * sizeOf(output)) }),
  // Without constants 28x28x128 to 56x56 takes 1.5 times as long on lavapipe, 1.1 on SwiftShader.
  variants: fixedOnSoftware(({ inputs, output }) => {
    const [, H, W, C] = inputs[0] as readonly [number, number, number, number]
    const [, P, Q] = output as readonly [number, number, number, number]
    const threads = pixelThreads(output)
    return { wgsl, sizes: { H, W, C, P, Q, CG: ceilDiv(C, 4), threads }, groups: threadGroups(threads) }
  }),
})
