/** denseGradX: dx = dy . w^T, dy [N,K], w [C,K] -> dx [N,C]. */
import { ShapeError } from '../errors.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { registerTile, unroll, vectorSize, withVectors, type Tile } from './dense.tile.ts'
import { tiledVariant } from './dense_grad_x.tiled.ts'
import registerWgsl from './dense_grad_x.register.wgsl'
import { defineOp, f32Bytes, type KernelIO, type Variant } from './kernel.ts'

/** K: what dy and w have as columns. */
function columnsOf({ inputs }: KernelIO<object>): number {
  return inputs[0]![1]!
}

function tileOf({ output }: KernelIO<object>): Tile {
  return registerTile(output[0]!, output[1]!, [
    [8, 4],
    [4, 4],
    [4, 2],
    [2, 2],
    [2, 1],
    [1, 1],
  ])
}

const register: Variant<object> = {
  wgsl: (io) => {
    const t = tileOf(io)
    return unroll(withVectors(registerWgsl, vectorSize(columnsOf(io))), { i: t.rows, j: t.columns })
  },
  consts: (io) => {
    const t = tileOf(io)
    const K = columnsOf(io)
    return {
      N: io.output[0]!,
      C: io.output[1]!,
      KV: K / vectorSize(K),
      ROWS: t.rows,
      COLUMNS: t.columns,
      LANES: t.lanes,
      ROW_GROUPS: t.rowGroups,
      GROUPS: t.groups,
    }
  },
  workgroups: (io) => tileOf(io).groups,
}

export const denseGradX = defineOp<object>({
  name: 'denseGradX',
  inputs: ['dy', 'w'],
  output: 'dx',
  shape([dy, w]) {
    if (!(dy!.length === 2 && w!.length === 2 && dy![1] === w![1])) {
      throw new ShapeError('denseGradX', `columns of dy and w must match, got dy ${formatShape(dy)} and w ${formatShape(w)}`)
    }
    return [dy![0]!, w![0]!]
  },
  cost: ({ inputs, output }) => ({
    flops: 2 * sizeOf(output) * inputs[0]![1]!,
    bytes: f32Bytes(sizeOf(output), sizeOf(inputs[0]!), sizeOf(inputs[1]!)),
  }),
  variants: { register, tiled: tiledVariant },
  parts: true,
})
