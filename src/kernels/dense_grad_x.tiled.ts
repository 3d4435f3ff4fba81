/** The `tiled` class of denseGradX: which block a workgroup computes, and the shader text for it. */
import { unroll } from './conv2d.unroll.ts'
import { blockCounts, type Block } from './dense.block.ts'
import { vectorSize } from './dense.tile.ts'
import source from './dense_grad_x.tiled.wgsl'
import type { KernelIO, Variant } from './kernel.ts'

/** K: the axis of the sum. */
const depth = ({ inputs }: KernelIO<object>): number => inputs[0]![1]!

/** Teams share the sum along K, where it is long enough. */
function blockOf(io: KernelIO<object>): Block {
  const slices = depth(io) >= 64 ? 2 : 1
  return io.output[0]! <= 8 ? { gx: 16, gy: 4, tm: 2, tn: 4, slices } : { gx: 16, gy: 4, tm: 8, tn: 4, slices }
}

const counts = (io: KernelIO<object>) => blockCounts(io.output[0]!, io.output[1]!, blockOf(io))

export const tiledVariant: Variant<object> = {
  wgsl: (io) => {
    const { gx, gy, tm, tn } = blockOf(io)
    const v = vectorSize(depth(io))
    const text = v === 4 ? source : source.replace('alias Vec = vec4f;', 'alias Vec = f32;')
    const loads = (rows: number) => Math.ceil((2 * rows) / (gx * gy))
    return unroll(text, { axes: { t: 4, i: tm, j: tn, l: loads(tm * gy), m: loads(tn * gx), e: 4 / v } })
  },
  consts: (io) => {
    const { gx: GX, gy: GY, tm: TM, tn: TN, slices: SLICES } = blockOf(io)
    const v = vectorSize(depth(io))
    return { N: io.output[0]!, C: io.output[1]!, KV: depth(io) / v, GX, GY, TM, TN, LV: 4 / v, SLICES, ...counts(io) }
  },
  workgroups: (io) => counts(io).GROUPS,
}
