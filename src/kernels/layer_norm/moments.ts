/** layerNormMoments: mean and biased variance of each row of x, which is what of a sample is normalised together. */
import { sizeOf } from '../../shape.ts'
import { defineOp, f32Bytes } from '../kernel.ts'
import { geometryOf, type Rows } from './geometry.ts'
import { partsShape, rowVariants, type RowParts } from './teams.ts'

export type LayerNormMomentsAttrs = Rows & RowParts

const NAME = 'layerNormMoments'

/**
 * x -> [2,rows], means and variances, or with `each` [parts,2,rows], as the op `moments` has them of parts. It has no gradient: that of `layerNorm` has
 * it in it.
 */
export const layerNormMoments = defineOp<LayerNormMomentsAttrs>({
  name: NAME,
  inputs: ['x'],
  output: 'sums',
  shape: ([x], attrs) => partsShape(NAME, geometryOf(NAME, x!, attrs), attrs),
  cost: ({ inputs, output }) => ({ flops: 5 * sizeOf(inputs[0]!), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: rowVariants(NAME),
})
