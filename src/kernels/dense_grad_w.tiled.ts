/** The `tiled` class of denseGradW: which block a workgroup computes, and the shader text for it. */
import { unroll } from './conv2d.unroll.ts'
import { blockCounts, type Block } from './dense.block.ts'
import { vectorSize } from './dense.tile.ts'
import source from './dense_grad_w.tiled.wgsl'
import type { KernelIO, Variant } from './kernel.ts'

/** In vectors of four channels and four units. */
function blockOf({ output }: KernelIO<object>): Block {
  return output[1]! <= 16 ? { gx: 4, gy: 8, tm: 2, tn: 1, slices: 1 } : { gx: 16, gy: 8, tm: 2, tn: 1, slices: 1 }
}

const counts = (io: KernelIO<object>) => blockCounts(io.output[0]! / 4, io.output[1]! / 4, blockOf(io))

export const tiledVariant: Variant<object> = {
  wgsl: (io) => {
    const { gx, gy, tm, tn } = blockOf(io)
    const [vx, vy] = [vectorSize(io.output[0]!), vectorSize(io.output[1]!)]
    let text = source
    if (vx === 1) text = text.replace('alias VecX = vec4f;', 'alias VecX = f32;')
    if (vy === 1) text = text.replace('alias VecY = vec4f;', 'alias VecY = f32;')
    const threads = gx * gy
    return unroll(text, {
      axes: { a: 4, i: tm, j: tn, l: (8 * tm * gy) / threads, m: (8 * tn * gx) / threads, e: 4 / vx, f: 4 / vy },
    })
  },
  consts: (io) => {
    const { gx: GX, gy: GY, tm: TM, tn: TN } = blockOf(io)
    const [C, K] = io.output as [number, number]
    const [vx, vy] = [vectorSize(C), vectorSize(K)]
    return { N: io.inputs[0]![0]!, C, CX: C / vx, KV: K / vy, GX, GY, TM, TN, LX: 4 / vx, LY: 4 / vy, ...counts(io) }
  },
  workgroups: (io) => counts(io).GROUPS,
}
