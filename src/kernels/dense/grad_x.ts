/** denseGradX: dx = dy . w^T, dy [N,K], w [C,K] -> dx [N,C]. */
import { ShapeError } from '../../errors.ts'
import { formatShape, sizeOf } from '../../shape.ts'
import registerSource from './grad_x.register.wgsl'
import { registerClass, vectorSize } from './tile.ts'
import { tiledVariant } from './grad_x.tiled.ts'
import { defineOp, f32Bytes } from '../kernel.ts'

/** Columns are scalars here: more of them fit. */
const TILES = [
  [8, 4],
  [4, 4],
  [4, 2],
  [2, 2],
  [2, 1],
  [1, 1],
] as const

const registerVariant = registerClass<object>(
  registerSource,
  TILES,
  ({ inputs, output }) => {
    const [N, C] = output as [number, number]
    const K = inputs[0]![1]!
    const vector = vectorSize(K)
    return { rows: N, columns: C, vector, consts: { N, C, KV: K / vector } }
  },
  true,
)

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
  variants: [registerVariant, tiledVariant],
})
