/** dense on GPUs where y is thin: a block of the product would be mostly empty, and the sum is split over the threads of a workgroup. */
import { ceilDiv } from '../../shape.ts'
import type { Caps } from '../../caps.ts'
import type { Epilogue } from '../epilogue.ts'
import { whole, type Geometry } from '../gemm/geometry.ts'
import type { KernelIO, Variant } from '../kernel.ts'
import { Shader } from '../shader.ts'
import source from './thin.wgsl'

const shader = new Shader(source)

/** Threads of a workgroup. */
const THREADS = 256

/** Fewer workgroups than this leave a large GPU idle: smaller ones are then taken. */
const ENOUGH_GROUPS = 64

/** Rows up to which y is thin. */
const MAX_ROWS = 8

interface ThinBlock {
  /** Rows of a workgroup. */
  readonly rows: number
  /** Threads of a team along the columns, each with one vector. */
  readonly lanes: number
  /** Workgroups, one below the other, and all of them. */
  readonly rowGroups: number
  readonly groups: number
}

/**
 * Up to 32 lanes, and 64 bytes of w at least, so that memory is read in whole lines; then fewer rows a thread, which reads w more
 * often, but from the cache.
 */
function blockOf({ W: N, K }: Geometry): ThinBlock {
  const columns = whole(K) ? K / 4 : K
  const fewest = whole(K) ? 4 : 16
  let [rows, lanes] = [Math.min(MAX_ROWS, N), 32]
  const made = (): ThinBlock => {
    const rowGroups = ceilDiv(N, rows)
    return { rows, lanes, rowGroups, groups: rowGroups * ceilDiv(columns, lanes) }
  }
  while (made().groups < ENOUGH_GROUPS && (lanes > fewest || rows > 1)) {
    if (lanes > fewest) lanes /= 2
    else rows = ceilDiv(rows, 2)
  }
  return made()
}

/** Every weight is read once and used for few rows: memory is the limit, a quarter of what multiply-adds could do. In units of `tiledTime`. */
function thinTime({ W: N, Cg, K }: Geometry, caps: Caps): number {
  const flat = N <= MAX_ROWS || K < 16
  if (caps.invocations < THREADS || !flat) return Infinity
  return caps.software ? 1e4 * N * Cg * K : (4 * N * Cg * K) / 128
}

/** The variant for an op that is x . w. */
export function thinVariant<A>(geometryOf: (io: KernelIO<A>) => Geometry, epilogueOf: (io: KernelIO<A>) => Epilogue): Variant<A> {
  return {
    name: 'thin',
    time: (io, caps) => thinTime(geometryOf(io), caps),
    kernel: (io) => {
      const g = geometryOf(io)
      const { rows, lanes, rowGroups, groups } = blockOf(g)
      // Rows of w that a team has under way: fewer where threads have many rows.
      const steps = rows > 4 ? 2 : 4
      const epilogue = epilogueOf(io)
      const wgsl = shader.text({
        axes: { i: rows, u: steps },
        scalars: whole(g.K) ? [] : ['Vec'],
        consts: { ROWS: rows, STEPS: steps, THREADS },
        functions: epilogue.functions('Vec'),
      })
      const KV = whole(g.K) ? g.K / 4 : g.K
      const sizes = { groups, rowGroups, lanes, N: g.W, C: g.C, begin: g.begin, Cw: g.Cg, KV, ...epilogue.sizes }
      return { wgsl, sizes, groups }
    },
  }
}
