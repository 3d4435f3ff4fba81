/**
 * dense: y = act(x . w * s + b + r), x [N,C], w [C,K], b? [K], r? [N,K], s? [K] -> y [N,K].
 *
 * With `xBegin`, w holds only some of the rows of a larger matrix and meets the columns of x from there on: so a matrix that
 * exceeds one storage binding is a chain of dense ops, each adding to the one before through r.
 */
import { ShapeError } from '../../errors.ts'
import { expectRank, formatShape, sizeOf, type Shape } from '../../shape.ts'
import { checkEpilogue, epilogueOf } from '../epilogue.ts'
import { productGeometry } from '../gemm/geometry.ts'
import { forwardVariants } from '../gemm/variants.ts'
import { defineOp, f32Bytes, type KernelIO } from '../kernel.ts'
import type { DenseAttrs } from './attrs.ts'
import { thinVariant } from './thin.ts'

export type { DenseAttrs } from './attrs.ts'

function outputShape([x, w, b, r, s]: readonly (Shape | undefined)[], { xBegin }: DenseAttrs): Shape {
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
  checkEpilogue('dense', 'unit', w!, y, [b, r, s])
  return y
}

type IO = KernelIO<DenseAttrs>

const geometryOf = ({ inputs: [x, w], attrs }: IO) => productGeometry(x as [number, number], w as [number, number], attrs.xBegin)
const epilogue = ({ inputs, attrs }: IO) => epilogueOf(inputs.slice(2), attrs)

export const dense = defineOp<DenseAttrs>({
  name: 'dense',
  inputs: ['x', 'w', 'b?', 'r?', 's?'],
  output: 'y',
  shape: outputShape,
  cost: ({ inputs, output }) => ({
    flops: 2 * sizeOf(output) * inputs[1]![0]!,
    bytes: f32Bytes(sizeOf(output), ...inputs.map((s) => (s ? sizeOf(s) : 0))),
  }),
  variants: [...forwardVariants(geometryOf, epilogue), thinVariant(geometryOf, epilogue)],
  epilogue: { bias: 2, residual: 3, scale: 4 },
})
