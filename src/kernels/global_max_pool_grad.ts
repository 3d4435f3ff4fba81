/**
 * globalMaxPoolGrad: the pixels that equal their channel's maximum share its gradient evenly, as in TensorFlow, where this is a reduction and no
 * pool. Where the maximum is NaN, every pixel of the channel gets NaN, as there.
 */
import { expectRank, sizeOf } from '../shape.ts'
import { expectSame, threadGroups } from './common.ts'
import { globalMaxPool } from './global_max_pool.ts'
import { defineGradient, defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './global_max_pool_grad.wgsl'

/** x [N,H,W,C], y [N,C] its maxima, dy [N,C] -> dx [N,H,W,C]. */
export const globalMaxPoolGrad = defineOp<object>({
  name: 'globalMaxPoolGrad',
  inputs: ['x', 'y', 'dy'],
  output: 'dx',
  shape([x, y, dy]) {
    expectRank('globalMaxPoolGrad', 'x', x!, 4)
    expectSame('globalMaxPoolGrad', 'y', y!, "x's maxima", [x![0]!, x![3]!])
    expectSame('globalMaxPoolGrad', 'dy', dy!, 'y', y!)
    return x!
  },
  cost: ({ output, inputs }) => ({ flops: 2 * sizeOf(output), bytes: f32Bytes(3 * sizeOf(output), 2 * sizeOf(inputs[1]!)) }),
  variants: everywhere(({ inputs }) => {
    const [, H, W, C] = inputs[0] as readonly [number, number, number, number]
    return { wgsl, sizes: { pixels: H * W, C }, groups: threadGroups(sizeOf(inputs[1]!)) }
  }),
})

export const globalMaxPoolGradient = defineGradient(globalMaxPool, ({ g, node, dy }) => [
  g.add(globalMaxPoolGrad, [node.inputs[0], node, dy], {}),
])
