/** denseGradX: dx = dy . w^T, dy [N,K], w [C,K] -> dx [N,C]. */
import { ShapeError } from '../../errors.ts'
import { formatShape, sizeOf } from '../../shape.ts'
import { productGeometry } from '../gemm/geometry.ts'
import { gradXVariants } from '../gemm/backward.ts'
import { defineOp, f32Bytes } from '../kernel.ts'

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
  variants: gradXVariants(({ inputs: [, w], output }) => productGeometry(output as [number, number], w as [number, number])),
})
