/** The `tiled` class of dense: blocks in workgroup memory, or a split sum where y is thin. */
import { ceilDiv } from '../../shape.ts'
import { block, ENOUGH_GROUPS, splitAxes, splitBlock, THREADS, type Block } from './block.ts'
import { epilogueConsts, vectorOptions, vectorSize } from './tile.ts'
import type { DenseAttrs } from './attrs.ts'
import thinSource from './thin.wgsl'
import tiledSource from './tiled.wgsl'
import type { KernelIO, Variant } from '../kernel.ts'
import { Shader, type Consts } from '../shader.ts'

const thinShader = new Shader(thinSource)
const tiledShader = new Shader(tiledSource)

interface Sizes {
  readonly N: number
  readonly C: number
  readonly CW: number
  readonly K: number
  readonly begin: number
}

function sizesOf({ inputs, attrs }: KernelIO<DenseAttrs>): Sizes {
  const [N, C] = inputs[0] as [number, number]
  const [CW, K] = inputs[1] as [number, number]
  return { N, C, CW, K, begin: attrs.xBegin ?? 0 }
}

/** Up to eight rows are one thread's in the thin shader; a block would be mostly empty. */
function isThin({ N, C, CW, K, begin }: Sizes): boolean {
  return N <= 8 || K < 16 || [C, CW, K, begin].some((n) => n % 4 !== 0)
}

/**
 * Up to 32 lanes, and 64 bytes of w at least, so that memory is read in whole lines; then fewer rows a thread, which reads w more
 * often, but from the cache.
 */
function thinBlock({ N, K }: Sizes): Block {
  const columns = K / vectorSize(K)
  const fewest = vectorSize(K) === 4 ? 4 : 16
  let [rows, lanes] = [Math.min(8, N), 32]
  const made = () => block(N, columns, rows, lanes, THREADS / lanes)
  while (made().groups < ENOUGH_GROUPS && (lanes > fewest || rows > 1)) {
    if (lanes > fewest) lanes /= 2
    else rows = ceilDiv(rows, 2)
  }
  return made()
}

/** Rows of w that a team of the thin shader has under way; fewer where threads have many rows. */
const stepsOf = ({ rows }: Block) => (rows > 4 ? 2 : 4)

function thinConsts(s: Sizes, t: Block): Consts {
  return { C: s.C, X_BEGIN: s.begin, CW: s.CW, KV: s.K / vectorSize(s.K), ROWS: t.rows, STEPS: stepsOf(t), LANES: t.lanes }
}

function tiledConsts(s: Sizes, t: Block): Consts {
  return { CV: s.C / 4, X_BEGIN: s.begin / 4, CWV: s.CW / 4, KV: s.K / 4, LANES_X: t.lanes, LANES_Y: t.rows / 8 }
}

function blockOf(s: Sizes): Block {
  return isThin(s) ? thinBlock(s) : splitBlock(s.N, s.K / 4)
}

export const tiledVariant: Variant<DenseAttrs> = {
  name: 'tiled',
  time: (_, caps) => (caps.software ? 10 : 1),
  kernel: (io) => {
    const s = sizesOf(io)
    const t = blockOf(s)
    const consts = {
      N: s.N,
      ...(isThin(s) ? thinConsts(s, t) : tiledConsts(s, t)),
      SLICES: t.slices,
      ROW_GROUPS: t.rowGroups,
      GROUPS: t.groups,
      ...epilogueConsts(io),
    }
    const wgsl = isThin(s)
      ? thinShader.text({ axes: { i: t.rows, u: stepsOf(t) }, ...vectorOptions(vectorSize(s.K)), consts })
      : tiledShader.text({ axes: splitAxes(t), consts })
    return { wgsl, sizes: {}, groups: t.groups }
  },
}
