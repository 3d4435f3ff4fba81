/** The gradient of layerNorm. */
import { columnSum } from '../column_sum.ts'
import { halfOf } from '../half_of.ts'
import { defineGradient, type GradContext, type Ref } from '../kernel.ts'
import { geometryOf, weightShape, type LayerNormAttrs } from './geometry.ts'
import { layerNormGradW } from './grad_w.ts'
import { layerNormGradX } from './grad_x.ts'
import { layerNorm } from './layer_norm.ts'
import { layerNormSums } from './sums.ts'

/** The sums of both weights: over lines, and over what of a line has the same weights. */
function weightSums({ g, node, attrs, dy }: GradContext<LayerNormAttrs>): Ref {
  const [x, , , moments] = node.inputs
  const { B, G, K } = geometryOf('layerNorm', x!.shape, attrs)
  const sums = g.add(layerNormGradW, [x, moments, dy], attrs)
  if (!attrs.axes || G === 1) return sums
  // [2,B,G,K], in a layout where K comes last: the sum over G.
  return g.view(g.add(columnSum, [g.view(sums, [2 * B * G, K])], { rows: G }), [2, B * K])
}

/** The moments are those of x, so that they change with it: dx is the gradient by x in both ways, and by `moments` there is none. */
export const layerNormGradient = defineGradient(layerNorm, (c) => {
  const { g, node, attrs, dy, needs } = c
  const [x, gamma, , moments] = node.inputs
  const dx = () => g.add(layerNormGradX, [x, gamma, moments, dy, g.add(layerNormSums, [x, gamma, moments, dy], attrs)], attrs)
  const sums = needs[1] || needs[2] ? weightSums(c) : undefined
  const half = (i: 0 | 1) => sums && g.view(halfOf(g, sums, i), weightShape(x!.shape, attrs))
  return [needs[0] ? dx() : undefined, needs[1] ? half(0) : undefined, needs[2] ? half(1) : undefined, undefined]
})
