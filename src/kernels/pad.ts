/** pad: rows and columns of zeros, or another number, around an image; negative counts cut rows and columns off. */
import { ShapeError } from '../errors.ts'
import { ceilDiv, expectRank, formatShape, sizeOf } from '../shape.ts'
import { fixedOnSoftware, pixelThreads, threadGroups } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import wgsl from './pad.wgsl'

export interface PadAttrs {
  readonly padding: readonly [top: number, left: number, bottom: number, right: number]
  /** What is around. Default 0. */
  readonly value?: number
}

/** x [N,H,W,C] -> [N,top+H+bottom,left+W+right,C]. */
export const pad = defineOp<PadAttrs>({
  name: 'pad',
  inputs: ['x'],
  output: 'y',
  shape([x], { padding }) {
    expectRank('pad', 'x', x!, 4)
    const [N, H, W, C] = x as readonly [number, number, number, number]
    const [top, left, bottom, right] = padding
    const [P, Q] = [top + H + bottom, left + W + right]
    if (!padding.every(Number.isInteger) || P < 1 || Q < 1) {
      const rule = 'padding must be whole numbers that leave a pixel'
      throw new ShapeError('pad', `${rule}, got padding ${formatShape(padding)} and x ${formatShape(x)}`)
    }
    return [N, P, Q, C]
  },
  cost: ({ inputs, output }) => ({ flops: 0, bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  // Without constants a 224x224x3 picture takes 1.6 times as long on lavapipe, 1.3 on SwiftShader.
  variants: fixedOnSoftware(({ inputs, output, attrs: { padding, value = 0 } }) => {
    const [, H, W, C] = inputs[0] as readonly [number, number, number, number]
    const [, P, Q] = output as readonly [number, number, number, number]
    const threads = pixelThreads(output)
    const sizes = { H, W, C, P, Q, padTop: padding[0], padLeft: padding[1], value, CG: ceilDiv(C, 4), threads }
    return { wgsl, sizes, groups: threadGroups(threads) }
  }),
})
