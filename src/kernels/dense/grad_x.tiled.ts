/** The `tiled` class of denseGradX: blocks in workgroup memory, or the register shader over many lanes where the sum is short. */
import { splitAxes, splitBlock } from './block.ts'
import { tileKernel, tileOf, vectorSize, type Tile } from './tile.ts'
import registerSource from './grad_x.register.wgsl'
import tiledSource from './grad_x.tiled.wgsl'
import type { KernelIO, Variant } from '../kernel.ts'
import { Shader } from '../shader.ts'

const registerShader = new Shader(registerSource)
const tiledShader = new Shader(tiledSource)

interface Sizes {
  readonly N: number
  readonly C: number
  readonly K: number
}

function sizesOf({ inputs, output: [N, C] }: KernelIO<object>): Sizes {
  return { N: N!, C: C!, K: inputs[1]![1]! }
}

/** A sum of a few units has nothing to split, and rows that are no whole vectors cannot be loaded as such. */
function isFlat({ C, K }: Sizes): boolean {
  return K < 32 || K % 4 !== 0 || C % 4 !== 0
}

function flatTile({ N, C }: Sizes): Tile {
  return tileOf(N, C, [4, 1], 64)
}

const blockOf = ({ N, C }: Sizes) => splitBlock(N, C / 4)

export const tiledVariant: Variant<object> = {
  name: 'tiled',
  time: (_, caps) => (caps.software ? 10 : 1),
  kernel: (io) => {
    const s = sizesOf(io)
    const { N, C, K } = s
    if (isFlat(s)) {
      const vector = vectorSize(K)
      return tileKernel(registerShader, { rows: N, columns: C, vector, consts: { N, C, KV: K / vector } }, flatTile(s), true)
    }
    const { rows, lanes, slices, rowGroups, groups } = blockOf(s)
    const consts = { N, C, CV: C / 4, KV: K / 4, LANES_X: lanes, LANES_Y: rows / 8, SLICES: slices, ROW_GROUPS: rowGroups, GROUPS: groups }
    return { wgsl: tiledShader.text({ axes: splitAxes(blockOf(s)), consts }), sizes: {}, groups }
  },
}
