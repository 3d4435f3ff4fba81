/** Workgroups of the `tiled` dense kernels that split the sum over teams of threads. */
import { ceilDiv } from '../../shape.ts'

/** Threads of a workgroup. */
export const THREADS = 256

/** Fewer workgroups than this leave a large GPU idle: smaller ones are then taken. */
export const ENOUGH_GROUPS = 64

export interface Block {
  /** Rows of a workgroup. */
  readonly rows: number
  /** Threads of a team along the columns, each with one vector (or one column). */
  readonly lanes: number
  /** Teams that share the sum: a power of 2. */
  readonly slices: number
  /** Workgroups, one below the other, and all of them. */
  readonly rowGroups: number
  readonly groups: number
}

/** A block for an output of N rows and this many vectors (or columns). */
export function block(N: number, columns: number, rows: number, lanes: number, slices: number): Block {
  const rowGroups = ceilDiv(N, rows)
  return { rows, lanes, slices, rowGroups, groups: rowGroups * ceilDiv(columns, lanes) }
}

/**
 * Threads of 8 rows and one vector: 16 or 32 rows a workgroup; 8 vectors, or 4 where that makes too few workgroups. 16 rows and 4
 * vectors would need more workgroup memory than 16 KiB.
 */
export function splitBlock(N: number, vectors: number): Block {
  const rows = N <= 16 ? 16 : 32
  const wide = block(N, vectors, rows, 8, THREADS / rows)
  return wide.groups < ENOUGH_GROUPS && rows === 32 ? block(N, vectors, rows, 4, (2 * THREADS) / rows) : wide
}

/** What the shaders with such threads repeat: rows, elements of a vector, and the loads of each thread. */
export function splitAxes({ rows, lanes }: Block): { i: number; t: number; l: number; m: number } {
  return { i: 8, t: 4, l: 8 / lanes, m: 32 / rows }
}
