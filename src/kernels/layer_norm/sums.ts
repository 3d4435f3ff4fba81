/**
 * layerNormSums: for each row of x, which is what of a sample is normalised together, the sums of dy * gamma and of dy * gamma * (x - mean), or times x
 * where the mean is not taken off. What the gradient by x needs of a row.
 */
import { sizeOf } from '../../shape.ts'
import { expectSame } from '../common.ts'
import { defineOp, f32Bytes } from '../kernel.ts'
import { expectShape, geometryOf, twoOfRows, weightShape, type NormKind, type Rows } from './geometry.ts'
import { partsShape, rowVariants, type RowParts } from './teams.ts'

export type LayerNormSumsAttrs = Rows & RowParts & { readonly kind: NormKind }

const NAME = 'layerNormSums'

/** x, gamma, moments [2,rows], dy -> [2,rows], or with `each` [parts,2,rows]. */
export const layerNormSums = defineOp<LayerNormSumsAttrs>({
  name: NAME,
  inputs: ['x', 'gamma?', 'moments', 'dy'],
  output: 'sums',
  shape([x, gamma, moments, dy], attrs) {
    const geometry = geometryOf(NAME, x!, attrs)
    expectShape(NAME, 'gamma', gamma, weightShape(x!, attrs))
    expectShape(NAME, 'moments', moments, twoOfRows(geometry))
    expectSame(NAME, 'dy', dy!, 'x', x!)
    return partsShape(NAME, geometry, attrs)
  },
  cost: ({ inputs, output }) => ({ flops: 5 * sizeOf(inputs[0]!), bytes: f32Bytes(2 * sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: rowVariants(NAME, ({ inputs: [, gamma], attrs: { kind, groups } }) => ({
    hasGamma: gamma ? 1 : 0,
    grouped: groups === undefined ? 0 : 1,
    centred: kind === 'standard' ? 1 : 0,
  })),
})
