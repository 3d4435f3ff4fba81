/** resizeNearest: the nearest pixel, with half-pixel centres as Keras Resizing and UpSampling2D have them. */
import { ceilDiv, sizeOf } from '../shape.ts'
import { fixedOnSoftware, pixelThreads, threadGroups } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import { resizedShape, type ResizeAttrs } from './resize.ts'
import wgsl from './resize_nearest.wgsl'

/** x [N,H,W,C] -> [N,height,width,C]: output p takes input floor((p + 0.5) * H / P). */
export const resizeNearest = defineOp<ResizeAttrs>({
  name: 'resizeNearest',
  inputs: ['x'],
  output: 'y',
  shape: ([x], attrs) => resizedShape('resizeNearest', 'x', x!, attrs),
  cost: ({ output }) => ({ flops: 0, bytes: f32Bytes(2 * sizeOf(output)) }),
  // Without constants 28x28x128 to 56x56 takes 1.5 times as long on lavapipe, 1.1 on SwiftShader.
  variants: fixedOnSoftware(({ inputs, output }) => {
    const [, H, W, C] = inputs[0] as readonly [number, number, number, number]
    const [, P, Q] = output as readonly [number, number, number, number]
    const threads = pixelThreads(output)
    return { wgsl, sizes: { H, W, C, P, Q, CG: ceilDiv(C, 4), threads }, groups: threadGroups(threads) }
  }),
})
