/**
 * layerNorm: normalisation within samples by the moments of each row, which is what of a sample is normalised together: over axes, over groups of
 * channels, with the mean taken off or not. Keras's LayerNormalization, GroupNormalization and UnitNormalization.
 */
import { ArgumentError } from '../../errors.ts'
import { sizeOf } from '../../shape.ts'
import { columnSum } from '../column_sum.ts'
import { halfOf } from '../half_of.ts'
import { defineOp, everywhere, f32Bytes, type GradContext, type Ref } from '../kernel.ts'
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
import { layerNormGradW } from './grad_w.ts'
import { layerNormGradX } from './grad_x.ts'
import { layerNormSums } from './sums.ts'
import wgsl from './layer_norm.wgsl'

export type { LayerNormAttrs } from './geometry.ts'

const NAME = 'layerNorm'

const shader = new Shader(wgsl)

/** The sums of both weights: over lines, and over what of a line has the same weights. */
function weightSums({ g, node, attrs, dy }: GradContext<LayerNormAttrs>): Ref {
  const [x, , , moments] = node.inputs
  const { B, G, K } = geometryOf(NAME, x!.shape, attrs)
  const sums = g.add(layerNormGradW, [x, moments, dy], attrs)
  if (!attrs.axes || G === 1) return sums
  // [2,B,G,K], in a layout where K comes last: the sum over G.
  return g.view(g.add(columnSum, [g.view(sums, [2 * B * G, K])], { rows: G }), [2, B * K])
}

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
  /** The moments are those of x, so that they change with it: dx is the gradient by x in both ways, and by `moments` there is none. */
  grad(c) {
    const { g, node, attrs, dy, needs } = c
    const [x, gamma, , moments] = node.inputs
    const dx = () => g.add(layerNormGradX, [x, gamma, moments, dy, g.add(layerNormSums, [x, gamma, moments, dy], attrs)], attrs)
    const sums = needs[1] || needs[2] ? weightSums(c) : undefined
    const half = (i: 0 | 1) => sums && g.view(halfOf(g, sums, i), weightShape(x!.shape, attrs))
    return [needs[0] ? dx() : undefined, needs[1] ? half(0) : undefined, needs[2] ? half(1) : undefined, undefined]
  },
})
