/** denseGradW: dw = x^T . dy, x [N,C], dy [N,K] -> dw [C,K]. */
import { ShapeError } from '../../errors.ts'
import { formatShape, sizeOf } from '../../shape.ts'
import registerSource from './grad_w.register.wgsl'
import { registerClass, vectorSize, VECTOR_TILES } from './tile.ts'
import { tiledVariant } from './grad_w.tiled.ts'
import { defineOp, f32Bytes } from '../kernel.ts'

const registerVariant = registerClass<object>(registerSource, VECTOR_TILES, ({ inputs, output }) => {
  const [C, K] = output as [number, number]
  const vector = vectorSize(K)
  const KV = K / vector
  return { rows: C, columns: KV, vector, consts: { N: inputs[0]![0]!, C, KV } }
})

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
  variants: [registerVariant, tiledVariant],
})
