/** denseGradW: dw = x^T . dy, x [N,C], dy [N,K] -> dw [C,K]. */
import { ShapeError } from '../errors.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { registerTile, unroll, vectorSize, withVectors, type Tile } from './dense.tile.ts'
import { tiledVariant } from './dense_grad_w.tiled.ts'
import registerWgsl from './dense_grad_w.register.wgsl'
import { defineOp, f32Bytes, type KernelIO, type Variant } from './kernel.ts'

/** K: what dy and w have as columns. */
function columnsOf({ output }: KernelIO<object>): number {
  return output[1]!
}

function tileOf({ output }: KernelIO<object>): Tile {
  return registerTile(output[0]!, output[1]! / vectorSize(output[1]!), [
    [8, 2],
    [8, 1],
    [4, 1],
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
      N: io.inputs[0]![0]!,
      C: io.output[0]!,
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

export const denseGradW = defineOp<object>({
  name: 'denseGradW',
  inputs: ['x', 'dy'],
  output: 'dw',
  shape([x, dy]) {
    if (!(x!.length === 2 && dy!.length === 2 && x![0] === dy![0])) {
      throw new ShapeError('denseGradW', `rows of x and dy must match, got x ${formatShape(x)} and dy ${formatShape(dy)}`)
    }
    return [x![1]!, dy![1]!]
  },
  cost: ({ inputs, output }) => ({
    flops: 2 * sizeOf(output) * inputs[0]![0]!,
    bytes: f32Bytes(sizeOf(output), sizeOf(inputs[0]!), sizeOf(inputs[1]!)),
  }),
  variants: { register, tiled: tiledVariant },
  parts: true,
})
