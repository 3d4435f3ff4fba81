/** adjustColorGrad: the gradient through `adjustColor` by the pictures, or by the means that a contrast is about. */
import { ArgumentError } from '../errors.ts'
import { ceilDiv, sizeOf } from '../shape.ts'
import { adjustColor } from './adjust_color.ts'
import { expectSame, pixelThreads, threadGroups } from './common.ts'
import { globalAvgPool } from './global_avg_pool.ts'
import { defineGradient, defineOp, everywhere, f32Bytes } from './kernel.ts'
import { rescale } from './rescale.ts'
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

export const adjustColorGradient = defineGradient(adjustColor, ({ g, node, attrs, dy, needs }) => {
  const [x, factor, mean] = node.inputs
  if (needs[1]) throw new ArgumentError('adjustColor', 'a factor must be drawn, got one that needs a gradient')
  const [, H, W] = x!.shape as readonly [number, number, number, number]
  // By a mean: the sum over the pixels.
  const byMean = () => {
    const each = g.add(adjustColorGrad, [dy, x, factor, mean], { ...attrs, kind: 'mean' })
    return g.add(rescale, [g.add(globalAvgPool, [each], {})], { scale: H * W, offset: 0 })
  }
  return [needs[0] ? g.add(adjustColorGrad, [dy, x, factor, mean], attrs) : undefined, undefined, needs[2] ? byMean() : undefined]
})
