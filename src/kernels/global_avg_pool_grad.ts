/** globalAvgPoolGrad: every pixel gets an equal share of its channel's gradient. */
import { ShapeError } from '../errors.ts'
import { ceilDiv, expectRank, sizeOf } from '../shape.ts'
import { threadGroups, withConsts } from './common.ts'
import { defineOp, f32Bytes, type KernelIO } from './kernel.ts'
import wgsl from './global_avg_pool_grad.wgsl'

export interface GlobalAvgPoolGradAttrs {
  /** Of the image that was pooled. */
  readonly height: number
  readonly width: number
}

/** Blocks of eight pixels of an image; a thread fills one block of one channel. */
function blocks({ attrs: { height, width } }: KernelIO<GlobalAvgPoolGradAttrs>): number {
  return ceilDiv(height * width, 8)
}

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
  variants: withConsts({
    wgsl,
    consts: (io) => {
      const [N, H, W, C] = io.output as readonly [number, number, number, number]
      return { PIXELS: H * W, C, BLOCKS: blocks(io), THREADS: N * blocks(io) * C }
    },
    workgroups: (io) => threadGroups(sizeOf(io.inputs[0]!) * blocks(io)),
  }),
})
