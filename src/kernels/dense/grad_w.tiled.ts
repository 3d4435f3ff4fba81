/** The `tiled` class of denseGradW: which block a workgroup computes, and the shader text for it. */
import { ceilDiv } from '../../shape.ts'
import { vectorSize } from './tile.ts'
import source from './grad_w.tiled.wgsl'
import type { KernelIO, Variant } from '../kernel.ts'
import { Shader } from '../shader.ts'

const shader = new Shader(source)

/** Threads along K and along C; a thread has two vectors of four channels and one of four units. */
function threadsOf({ output }: KernelIO<object>): { gx: number; gy: number } {
  return { gx: output[1]! <= 16 ? 4 : 16, gy: 8 }
}

const CHANNELS = 2

function counts(io: KernelIO<object>): { BLOCKS_M: number; GROUPS: number } {
  const { gx, gy } = threadsOf(io)
  const BLOCKS_M = ceilDiv(io.output[0]!, 4 * CHANNELS * gy)
  return { BLOCKS_M, GROUPS: BLOCKS_M * ceilDiv(io.output[1]!, 4 * gx) }
}

export const tiledVariant: Variant<object> = {
  name: 'tiled',
  time: (_, caps) => (caps.software ? 10 : 1),
  kernel: (io) => {
    const { gx: GX, gy: GY } = threadsOf(io)
    const [C, K] = io.output as [number, number]
    const [vx, vy] = [vectorSize(C), vectorSize(K)]
    const wgsl = shader.text({
      axes: { a: 4, i: CHANNELS, j: 1, l: (8 * CHANNELS) / GX, m: 8 / GY, e: 4 / vx, f: 4 / vy },
      scalars: [...(vx === 1 ? ['VecX'] : []), ...(vy === 1 ? ['VecY'] : [])],
      consts: { N: io.inputs[0]![0]!, C, CX: C / vx, KV: K / vy, GX, GY, TM: CHANNELS, TN: 1, LX: 4 / vx, LY: 4 / vy, ...counts(io) },
    })
    return { wgsl, sizes: {}, groups: counts(io).GROUPS }
  },
}
