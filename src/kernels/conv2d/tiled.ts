/** The `tiled` class of conv2d: which block a workgroup computes, and the shader text for it. */
import { ceilDiv } from '../../shape.ts'
import { geometryOf, sharedConsts, type Conv2dAttrs, type Geometry } from './geometry.ts'
import source from './tiled.wgsl'
import type { KernelIO, Variant } from '../kernel.ts'
import { Shader } from '../shader.ts'

const shader = new Shader(source)

/** Depth of a block: input channels times filter taps that are in workgroup memory at a time. As in the shader. */
const BLOCK_K = 16

/** A workgroup's block of BM = rows * gy pixels and BN = 4 * vectors * gx channels. */
export interface TiledBlock {
  /** Pixels and channel vectors of a thread. */
  readonly rows: number
  readonly vectors: number
  /** Threads along the channels and along the pixels. */
  readonly gx: number
  readonly gy: number
  /** Share of a GPU's peak that such a block may reach: larger register tiles ask less of the workgroup memory. */
  readonly efficiency: number
}

/** Blocks to choose from, 128x64, 64x64, 64x32 and 32x32. Each fits in 16 KiB of workgroup memory. */
export const BLOCKS: readonly TiledBlock[] = [
  { rows: 8, vectors: 2, gx: 8, gy: 16, efficiency: 1 },
  { rows: 8, vectors: 1, gx: 16, gy: 8, efficiency: 0.9 },
  { rows: 8, vectors: 1, gx: 8, gy: 8, efficiency: 0.85 },
  { rows: 4, vectors: 1, gx: 8, gy: 8, efficiency: 0.7 },
]

/** Workgroups that a GPU runs at a time, at least; fewer leave parts of it idle. */
const CONCURRENT = 128

/** Below so many output channels in a group most of a block would be empty. */
const MIN_GROUP_CHANNELS = 16

function counts(g: Geometry, block: TiledBlock): { BLOCKS_M: number; BLOCKS_N: number; GROUPS: number } {
  const BLOCKS_M = ceilDiv(g.N * g.P * g.Q, block.rows * block.gy)
  const BLOCKS_N = ceilDiv(g.Kg, 4 * block.vectors * block.gx)
  return { BLOCKS_M, BLOCKS_N, GROUPS: BLOCKS_M * BLOCKS_N * (g.K / g.Kg) }
}

/** Time in arbitrary units: waves of workgroups, each as long as its block is large. */
function time(g: Geometry, block: TiledBlock): number {
  const waves = Math.max(1, counts(g, block).GROUPS / CONCURRENT)
  return (waves * block.rows * block.gy * block.vectors * block.gx) / block.efficiency
}

function chooseBlock(io: KernelIO<Conv2dAttrs>): TiledBlock {
  const g = geometryOf(io)
  return BLOCKS.reduce((best, block) => (time(g, block) < time(g, best) ? block : best))
}

/** The variant for a way to choose the block. */
export function tiledWith(choose: (io: KernelIO<Conv2dAttrs>) => TiledBlock): Variant<Conv2dAttrs> {
  return {
    name: 'tiled',
    time: (io, caps) => (io.attrs.groups > 1 && geometryOf(io).Kg < MIN_GROUP_CHANNELS ? Infinity : caps.software ? 10 : 1),
    kernel: (io) => {
      const g = geometryOf(io)
      const block = choose(io)
      const { rows, vectors, gx, gy } = block
      const threads = gx * gy
      const perX = g.Cg % 4 ? 1 : 4
      const perW = g.Kg % 4 ? 1 : 4
      const wgsl = shader.text({
        axes: {
          t: 4,
          i: rows,
          j: vectors,
          l: (rows * gy * BLOCK_K) / 4 / threads,
          m: (BLOCK_K * vectors * gx) / threads,
          e: g.Cg % 4 ? 4 : 1,
          f: g.Kg % 4 ? 4 : 1,
        },
        scalars: [...(perX === 1 ? ['VecX'] : []), ...(perW === 1 ? ['VecW'] : [])],
        consts: {
          ...sharedConsts(g, io),
          KV: g.K / perW,
          KGV: g.Kg / perW,
          CVX: g.C / perX,
          CGX: g.Cg / perX,
          LX: 4 / perX,
          LW: 4 / perW,
          GX: gx,
          GY: gy,
          TM: rows,
          TN: vectors,
          ...counts(g, block),
        },
      })
      return { wgsl, sizes: {}, groups: counts(g, block).GROUPS }
    },
  }
}

export const tiledVariant = tiledWith(chooseBlock)
