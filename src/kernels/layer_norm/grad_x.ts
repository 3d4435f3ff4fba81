/**
 * layerNormGradX: the gradient of a normalisation within samples by its input, that of the moments in it. With g = dy * gamma, s what a row is
 * multiplied by and n its values: dx = s * (g - sum(g) / n - (x - mean) * s^2 * sum(g * (x - mean)) / n) (Ba et al. 2016); where no mean is taken off, the
 * first sum is not there and the second is of g * x; a row that is divided by the least does not change what it is divided by.
 */
import { sizeOf } from '../../shape.ts'
import { expectSame } from '../common.ts'
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
import wgsl from './grad_x.wgsl'

const NAME = 'layerNormGradX'

const shader = new Shader(wgsl)

/** x, gamma, moments [2,rows], dy, sums [2,rows] -> dx. */
export const layerNormGradX = defineOp<LayerNormAttrs>({
  name: NAME,
  inputs: ['x', 'gamma?', 'moments', 'dy', 'sums'],
  output: 'dx',
  shape([x, gamma, moments, dy, sums], attrs) {
    const geometry = geometryOf(NAME, x!, attrs)
    expectShape(NAME, 'gamma', gamma, weightShape(x!, attrs))
    expectShape(NAME, 'moments', moments, twoOfRows(geometry))
    expectShape(NAME, 'sums', sums, twoOfRows(geometry))
    return expectSame(NAME, 'dy', dy!, 'x', x!)
  },
  cost: ({ output }) => ({ flops: 8 * sizeOf(output), bytes: f32Bytes(3 * sizeOf(output)) }),
  variants: everywhere(({ inputs: [, gamma], output, attrs }) => {
    const geometry = geometryOf(NAME, output, attrs)
    const lines = lineSizes(geometry, attrs)
    const flags = { grouped: attrs.axes ? 0 : 1, hasGamma: gamma ? 1 : 0 }
    return {
      wgsl: shader.text(widthOptions(widthOf(geometry))),
      sizes: { ...lines, ...flags, ...kindSizes(attrs, geometry), n: geometry.B * geometry.K },
      groups: lineGroups(lines),
    }
  }),
})
