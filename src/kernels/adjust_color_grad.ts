/** adjustColorGrad: the gradient through `adjustColor` by the pictures, or by the means that a contrast is about. */
import { ceilDiv, sizeOf } from '../shape.ts'
import { expectSame, pixelThreads, threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './adjust_color_grad.wgsl'

/** As of `adjustColor`; `mean`: by the mean of a contrast, what each pixel gives to it. */
const KINDS = ['brightness', 'contrast', 'saturation', 'hue', 'grayscale', 'mean'] as const

export interface AdjustColorGradAttrs {
  readonly kind: (typeof KINDS)[number]
  readonly range: readonly [low: number, high: number]
}

/** dy and x [N,H,W,C], factor [N,numbers], mean [N,C] (of a contrast) -> as x. What is cut off has no gradient, what is grey that of a colour. */
export const adjustColorGrad = defineOp<AdjustColorGradAttrs>({
  name: 'adjustColorGrad',
  inputs: ['dy', 'x', 'factor', 'mean?'],
  output: 'dx',
  shape: ([dy, x]) => expectSame('adjustColorGrad', 'dy', dy!, 'x', x!),
  cost: ({ output }) => ({ flops: 30 * sizeOf(output), bytes: f32Bytes(3 * sizeOf(output)) }),
  variants: everywhere(({ inputs, output, attrs: { kind, range } }) => {
    const [, H, W, C] = output as readonly [number, number, number, number]
    const threads = pixelThreads(output)
    const numbers = { kind: KINDS.indexOf(kind), D: inputs[2]![1]!, low: range[0], high: range[1] }
    return { wgsl, sizes: { ...numbers, pixels: H * W, C, CG: ceilDiv(C, 4), threads }, groups: threadGroups(threads) }
  }),
})
