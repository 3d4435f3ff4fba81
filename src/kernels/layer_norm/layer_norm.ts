/**
 * layerNorm: normalisation within samples by the moments of each row, which is what of a sample is normalised together: over axes, over groups of
 * channels, with the mean taken off or not. Keras's LayerNormalization, GroupNormalization and UnitNormalization.
 */
import { ArgumentError } from '../../errors.ts'
import { sizeOf } from '../../shape.ts'
import { defineOp, everywhere, f32Bytes } from '../kernel.ts'
import { Shader } from '../shader.ts'
import {
  expectShape,
  geometryOf,
  kindSizes,
  lineGroups,
  lineSizes,
  twoOfRows,
  weightShape,
  widthOf,
  widthOptions,
  type LayerNormAttrs,
} from './geometry.ts'
import wgsl from './layer_norm.wgsl'

export type { LayerNormAttrs } from './geometry.ts'

const NAME = 'layerNorm'

const shader = new Shader(wgsl)

/** x of any rank; gamma (default 1), beta (default 0) with the axes that are normalised over, or the last; moments [2,rows], those of x. */
export const layerNorm = defineOp<LayerNormAttrs>({
  name: NAME,
  inputs: ['x', 'gamma?', 'beta?', 'moments'],
  output: 'y',
  shape([x, gamma, beta, moments], attrs) {
    const geometry = geometryOf(NAME, x!, attrs)
    for (const [name, w] of Object.entries({ gamma, beta })) expectShape(NAME, name, w, weightShape(x!, attrs))
    expectShape(NAME, 'moments', moments, twoOfRows(geometry))
    if (!(attrs.epsilon > 0)) throw new ArgumentError(NAME, `epsilon must be greater than 0, got ${attrs.epsilon}`)
    return x!
  },
  cost: ({ output }) => ({ flops: 4 * sizeOf(output), bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: everywhere(({ inputs: [, gamma, beta], output, attrs }) => {
    const geometry = geometryOf(NAME, output, attrs)
    const lines = lineSizes(geometry, attrs)
    const flags = { grouped: attrs.axes ? 0 : 1, hasGamma: gamma ? 1 : 0, hasBeta: beta ? 1 : 0 }
    return {
      wgsl: shader.text(widthOptions(widthOf(geometry))),
      sizes: { ...lines, ...flags, ...kindSizes(attrs, geometry) },
      groups: lineGroups(lines),
    }
  }),
})
