/**
 * dense: y = act(x . w + b + r), x [N,C], w [C,K], b? [K], r? [N,K] -> y [N,K].
 *
 * With `xBegin`, w holds only some of the rows of a larger matrix and meets the columns of x from there on: so a matrix that
 * exceeds one storage binding is a chain of dense ops, each adding to the one before through r.
 */
import { ArgumentError, ShapeError } from '../../errors.ts'
import { expectRank, formatShape, sameShape, sizeOf, type Shape } from '../../shape.ts'
import type { DenseAttrs } from './attrs.ts'
import { columnSum } from '../column_sum.ts'
import { denseGradW } from './grad_w.ts'
import { denseGradX } from './grad_x.ts'
import registerSource from './register.wgsl'
import { epilogueConsts, registerClass, vectorSize, VECTOR_TILES } from './tile.ts'
import { tiledVariant } from './tiled.ts'
import { defineOp, f32Bytes } from '../kernel.ts'
import { reluGrad } from '../relu_grad.ts'

export type { DenseAttrs } from './attrs.ts'

function outputShape([x, w, b, r]: readonly (Shape | undefined)[], { xBegin }: DenseAttrs): Shape {
  expectRank('dense', 'x', x!, 2)
  expectRank('dense', 'w', w!, 2)
  const [N, C] = x as [number, number]
  const [Cw, K] = w as [number, number]
  if (xBegin === undefined && C !== Cw) {
    throw new ShapeError('dense', `input features must match the kernel, got x ${formatShape(x)} and w ${formatShape(w)}`)
  }
  if (xBegin !== undefined && !(Number.isInteger(xBegin) && xBegin >= 0 && xBegin + Cw <= C)) {
    throw new ShapeError(
      'dense',
      `the kernel's rows must lie within the input from xBegin on, got xBegin ${xBegin}, x ${formatShape(x)} and w ${formatShape(w)}`,
    )
  }
  const y = [N, K]
  if (b && !sameShape(b, [K]))
    throw new ShapeError('dense', `bias must have one value per unit, got b ${formatShape(b)} and w ${formatShape(w)}`)
  if (r && !sameShape(r, y))
    throw new ShapeError('dense', `residual must have the output's shape, got r ${formatShape(r)} and y ${formatShape(y)}`)
  return y
}

const registerVariant = registerClass<DenseAttrs>(registerSource, VECTOR_TILES, (io) => {
  const [N, K] = io.output as [number, number]
  const vector = vectorSize(K)
  const KV = K / vector
  const sizes = { N, C: io.inputs[0]![1]!, X_BEGIN: io.attrs.xBegin ?? 0, CW: io.inputs[1]![0]!, KV }
  return { rows: N, columns: KV, vector, consts: { ...sizes, ...epilogueConsts(io) } }
})

export const dense = defineOp<DenseAttrs>({
  name: 'dense',
  inputs: ['x', 'w', 'b?', 'r?'],
  output: 'y',
  shape: outputShape,
  cost: ({ inputs, output }) => ({
    flops: 2 * sizeOf(output) * inputs[1]![0]!,
    bytes: f32Bytes(sizeOf(output), ...inputs.map((s) => (s ? sizeOf(s) : 0))),
  }),
  variants: [registerVariant, tiledVariant],
  epilogue: { bias: 2, residual: 3 },
  grad({ g, node, attrs, dy, needs }) {
    if (attrs.xBegin !== undefined) {
      throw new ArgumentError('dense', `a kernel that is split over bindings has no gradient, got xBegin ${attrs.xBegin}`)
    }
    const [x, w] = node.inputs
    const dz = attrs.activation === 'relu' ? g.add(reluGrad, [node, dy], {}) : dy
    return [
      needs[0] ? g.add(denseGradX, [dz, w], {}) : undefined,
      needs[1] ? g.add(denseGradW, [x, dz], {}) : undefined,
      needs[2] ? g.add(columnSum, [dz], {}) : undefined,
      needs[3] ? dz : undefined,
    ]
  },
})
