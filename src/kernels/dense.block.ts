/** Blocks of the `tiled` dense kernels. */
import { ceilDiv } from '../shape.ts'

/** What a workgroup computes: threads across and down, outputs of a thread, and teams that share the sum. */
export interface Block {
  readonly gx: number
  readonly gy: number
  /** Rows of a thread, in the shader's own unit. */
  readonly tm: number
  /** Columns of a thread, in the shader's own unit. */
  readonly tn: number
  readonly slices: number
}

/** Workgroups for an output of this many rows and columns, counted in the shader's own units. */
export function blockCounts(rows: number, columns: number, { gx, gy, tm, tn }: Block): { BLOCKS_M: number; GROUPS: number } {
  const BLOCKS_M = ceilDiv(rows, tm * gy)
  return { BLOCKS_M, GROUPS: BLOCKS_M * ceilDiv(columns, tn * gx) }
}
