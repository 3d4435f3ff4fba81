/** adjustColor: brightness, contrast, saturation, hue, or no colour, by numbers drawn for each sample. Formulas as in Keras 3's Random* layers. */
import { ArgumentError, ShapeError } from '../errors.ts'
import { ceilDiv, expectRank, formatShape, sameShape, sizeOf } from '../shape.ts'
import { pixelThreads, threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './adjust_color.wgsl'

/** How many numbers each kind takes. */
const COLUMNS = {
  /** Share of the range of values that is added. */
  brightness: 1,
  /** Factor of what lies beyond the channel's mean. */
  contrast: 1,
  /** f, for a factor of f / (1 - f + 1e-7). */
  saturation: 1,
  /** Above 0.5: the other way round; twice the turns. */
  hue: 2,
  /** Colours go where it is below the end of the range. */
  grayscale: 1,
} as const

export type ColorKind = keyof typeof COLUMNS

export interface AdjustColorAttrs {
  readonly kind: ColorKind
  /** From where to where values go; results are cut off there (saturation: that of HSV is). */
  readonly range: readonly [low: number, high: number]
}

const KINDS = Object.keys(COLUMNS) as ColorKind[]

/** x [N,H,W,C], factor [N,numbers], mean [N,C] (of x, for contrast) -> as x. C is 3 for saturation, hue and grayscale. The factor is drawn, and has no
 * gradient. */
export const adjustColor = defineOp<AdjustColorAttrs>({
  name: 'adjustColor',
  inputs: ['x', 'factor', 'mean?'],
  output: 'y',
  shape([x, factor, mean], { kind, range }) {
    if (!KINDS.includes(kind)) throw new ArgumentError('adjustColor', `kind must be one of ${KINDS.join(', ')}, got ${String(kind)}`)
    expectRank('adjustColor', 'x', x!, 4)
    const [N, , , C] = x as readonly [number, number, number, number]
    if (!sameShape(factor!, [N, COLUMNS[kind]]))
      throw new ShapeError('adjustColor', `factor must be [${N},${COLUMNS[kind]}] for ${kind}, got ${formatShape(factor)}`)
    if (kind === 'contrast' ? !sameShape(mean ?? [], [N, C]) : mean !== undefined)
      throw new ShapeError('adjustColor', `mean must be [${N},${C}] for contrast, else none, got ${formatShape(mean)}`)
    if (kind !== 'brightness' && kind !== 'contrast' && C !== 3)
      throw new ShapeError('adjustColor', `x must have 3 channels for ${kind}, got ${formatShape(x)}`)
    if (!(range[0] < range[1] && range.every(Number.isFinite)))
      throw new ArgumentError('adjustColor', `range must be two finite numbers, the smaller first, got ${String(range)}`)
    return x!
  },
  cost: ({ output }) => ({ flops: 12 * sizeOf(output), bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs: { kind, range } }) => {
    const [, H, W, C] = output as readonly [number, number, number, number]
    const threads = pixelThreads(output)
    const numbers = { kind: KINDS.indexOf(kind), D: COLUMNS[kind], low: range[0], high: range[1] }
    return { wgsl, sizes: { ...numbers, pixels: H * W, C, CG: ceilDiv(C, 4), threads }, groups: threadGroups(threads) }
  }),
})
