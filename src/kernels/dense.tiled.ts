/** The `tiled` class of dense: which block a workgroup computes, and the shader text for it. */
import { unroll } from './conv2d.unroll.ts'
import { blockCounts, type Block } from './dense.block.ts'
import { vectorSize } from './dense.tile.ts'
import type { DenseAttrs } from './dense.ts'
import source from './dense.tiled.wgsl'
import type { KernelIO, Variant } from './kernel.ts'

/** Rows and columns of vectors per thread. All fit in 16 KiB of workgroup memory. */
const BLOCKS = {
  /** For a handful of units, as at the end of a classifier: the sum is all there is to share. */
  narrow: { gx: 4, gy: 8, tm: 2, tn: 1, slices: 8 },
  /** For a handful of samples. */
  flat: { gx: 16, gy: 4, tm: 2, tn: 1, slices: 4 },
  batch: { gx: 16, gy: 4, tm: 8, tn: 1, slices: 4 },
  large: { gx: 16, gy: 8, tm: 8, tn: 1, slices: 2 },
} as const satisfies Record<string, Block>

function blockOf({ output }: KernelIO<DenseAttrs>): Block {
  const [N, K] = output as [number, number]
  if (K <= 16) return BLOCKS.narrow
  return N <= 8 ? BLOCKS.flat : N <= 32 ? BLOCKS.batch : BLOCKS.large
}

/** x is read in vectors where its rows and the part that meets w begin and end at whole ones. */
function xVector({ inputs, attrs }: KernelIO<DenseAttrs>): 1 | 4 {
  return [inputs[0]![1]!, inputs[1]![0]!, attrs.xBegin ?? 0].every((n) => n % 4 === 0) ? 4 : 1
}

const counts = (io: KernelIO<DenseAttrs>) => blockCounts(io.output[0]!, io.output[1]! / 4, blockOf(io))

export const tiledVariant: Variant<DenseAttrs> = {
  wgsl: (io) => {
    const { gx, gy, tm, tn } = blockOf(io)
    const [vx, vw] = [xVector(io), vectorSize(io.output[1]!)]
    let text = source
    if (vx === 1) text = text.replace('alias VecX = vec4f;', 'alias VecX = f32;')
    if (vw === 1) text = text.replace('alias VecW = vec4f;', 'alias VecW = f32;')
    const team = gx * gy
    return unroll(text, {
      axes: { t: 4, i: tm, j: tn, l: Math.ceil((tm * gy * 2) / team), m: (8 * tn * gx) / team, e: 4 / vx, f: 4 / vw },
    })
  },
  consts: (io) => {
    const { gx: GX, gy: GY, tm: TM, tn: TN, slices: SLICES } = blockOf(io)
    const [vx, vw] = [xVector(io), vectorSize(io.output[1]!)]
    const CW = io.inputs[1]![0]!
    return {
      N: io.output[0]!,
      CX: io.inputs[0]![1]! / vx,
      X_BEGIN: (io.attrs.xBegin ?? 0) / vx,
      CW,
      CWX: CW / vx,
      KV: io.output[1]! / vw,
      GX,
      GY,
      TM,
      TN,
      LX: 4 / vx,
      LW: 4 / vw,
      SLICES,
      ...counts(io),
      HAS_BIAS: io.inputs[2] !== undefined,
      HAS_RESIDUAL: io.inputs[3] !== undefined,
      RELU: io.attrs.activation === 'relu',
    }
  },
  workgroups: (io) => counts(io).GROUPS,
}
