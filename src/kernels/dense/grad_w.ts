/** denseGradW: dw = x^T . dy, x [N,C], dy [N,K] -> dw [C,K]. */
import { ShapeError } from '../../errors.ts'
import { formatShape, sizeOf } from '../../shape.ts'
import { productGeometry } from '../gemm/geometry.ts'
import { gradWVariants } from '../gemm/backward.ts'
import { defineOp, f32Bytes } from '../kernel.ts'

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
  variants: gradWVariants(({ inputs: [x], output }) => productGeometry(x as [number, number], output as [number, number])),
})
