/**
 * layerNormGradW: the gradients of a normalisation within samples by its weights, dgamma = sum of dy * (x - mean) * s and dbeta = sum of dy, over lines of
 * x that have the same weights in the same columns, in a fixed order. Where weights are shared within a line, its columns remain to be summed.
 */
import { ShapeError } from '../../errors.ts'
import { ceilDiv, sizeOf, type Shape } from '../../shape.ts'
import { expectSame, threadGroups } from '../common.ts'
import { defineOp, everywhere, f32Bytes } from '../kernel.ts'
import { Shader } from '../shader.ts'
import { expectShape, geometryOf, kindSizes, lineSizes, twoOfRows, widthOf, widthOptions, type LayerNormAttrs } from './geometry.ts'
import wgsl from './grad_w.wgsl'

export type LayerNormGradWAttrs = LayerNormAttrs & {
  /** Sums of so many lines each, the last of what is left, instead of one of all. */
  readonly rows?: number
}

const NAME = 'layerNormGradW'

const shader = new Shader(wgsl)

function partsOf(x: Shape, attrs: LayerNormGradWAttrs): { parts: number; each: number; columns: number } {
  const geometry = geometryOf(NAME, x, attrs)
  const { lines, columns } = lineSizes(geometry, attrs)
  const { rows: each = lines } = attrs
  return { parts: ceilDiv(lines, each), each, columns: columns * widthOf(geometry) }
}

/** x, moments [2,rows], dy -> [2,columns of a line], dgamma and dbeta, or with `rows` [groups of lines,2,columns]. */
export const layerNormGradW = defineOp<LayerNormGradWAttrs>({
  name: NAME,
  inputs: ['x', 'moments', 'dy'],
  output: 'dw',
  shape([x, moments, dy], attrs) {
    expectShape(NAME, 'moments', moments, twoOfRows(geometryOf(NAME, x!, attrs)))
    expectSame(NAME, 'dy', dy!, 'x', x!)
    const { rows } = attrs
    if (rows !== undefined && !(Number.isInteger(rows) && rows > 0))
      throw new ShapeError(NAME, `rows must be a positive whole number, got ${rows}`)
    const { parts, columns } = partsOf(x!, attrs)
    return rows === undefined ? [2, columns] : [parts, 2, columns]
  },
  cost: ({ inputs, output }) => ({ flops: 5 * sizeOf(inputs[0]!), bytes: f32Bytes(2 * sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ inputs, output, attrs }) => {
    const geometry = geometryOf(NAME, inputs[0]!, attrs)
    return {
      wgsl: shader.text(widthOptions(widthOf(geometry))),
      sizes: { ...lineSizes(geometry, attrs), ...kindSizes(attrs, geometry), each: partsOf(inputs[0]!, attrs).each },
      groups: threadGroups(sizeOf(output) / 2 / widthOf(geometry)),
    }
  }),
})
