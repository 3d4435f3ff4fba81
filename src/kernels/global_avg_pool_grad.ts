/** globalAvgPoolGrad: every pixel gets an equal share of its channel's gradient. */
import { ShapeError } from '../errors.ts'
import { ceilDiv, expectRank, sizeOf } from '../shape.ts'
import { threadGroups } from './common.ts'
import { globalAvgPool } from './global_avg_pool.ts'
import { defineGradient, defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './global_avg_pool_grad.wgsl'

export interface GlobalAvgPoolGradAttrs {
  /** Of the image that was pooled. */
  readonly height: number
  readonly width: number
}

/** Pixels that one thread fills, in one channel. */
const PIXELS_PER_THREAD = 16

/** dy [N,C] -> dx [N,height,width,C] = dy / (height * width). */
export const globalAvgPoolGrad = defineOp<GlobalAvgPoolGradAttrs>({
  name: 'globalAvgPoolGrad',
  inputs: ['dy'],
  output: 'dx',
  shape([dy], { height, width }) {
    expectRank('globalAvgPoolGrad', 'dy', dy!, 2)
    if (![height, width].every((n) => Number.isInteger(n) && n > 0)) {
      throw new ShapeError('globalAvgPoolGrad', `height and width must be positive whole numbers, got ${height} and ${width}`)
    }
    return [dy![0]!, height, width, dy![1]!]
  },
  cost: ({ inputs, output }) => ({ flops: sizeOf(inputs[0]!), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ output, attrs: { height, width } }) => {
    const [N, , , C] = output as readonly [number, number, number, number]
    const blocks = ceilDiv(height * width, PIXELS_PER_THREAD)
    const threads = N * blocks * C
    return { wgsl, sizes: { pixels: height * width, C, blocks, threads }, groups: threadGroups(threads) }
  }),
})

export const globalAvgPoolGradient = defineGradient(globalAvgPool, ({ g, node, dy }) => {
  const [, height, width] = node.inputs[0]!.shape as readonly [number, number, number, number]
  return [g.add(globalAvgPoolGrad, [dy], { height, width })]
})
