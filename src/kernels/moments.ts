/** moments: mean and biased variance over all axes but the last, in one pass and a fixed order. What a batch is normalised with. */
import { ShapeError } from '../errors.ts'
import { ceilDiv, expectRank, formatShape, sizeOf, type Shape } from '../shape.ts'
import { expectChannels, lastAxis, threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import { Shader } from './shader.ts'
import source from './moments.wgsl'

export interface MomentsAttrs {
  /** Moments of so many rows of x each, the last of what is left, instead of one of all. */
  readonly rows?: number
  /** x is [parts,2,C], itself moments: of so many rows each, the last of what is left of `total`. */
  readonly of?: { readonly rows: number; readonly total: number }
}

const shader = new Shader(source)

/** Rows of x that moments are taken of: those of a part are one. */
const countOf = (x: Shape, { of }: MomentsAttrs): number => (of ? x[0]! : sizeOf(x) / lastAxis(x))

/** @throws ShapeError unless x has the moments of all parts */
function checkParts(x: Shape, { rows, total }: NonNullable<MomentsAttrs['of']>): void {
  expectRank('moments', 'x', x, 3)
  if (x[1] !== 2 || x[0] !== ceilDiv(total, rows)) {
    throw new ShapeError('moments', `x must have the moments of ${total} rows, ${rows} each, got x ${formatShape(x)}`)
  }
}

/** x [...,C] -> [2,C], means and variances, or with `rows` [groups of rows,2,C]. It has no gradient: that of `batchNormTrain` has it in it. */
export const moments = defineOp<MomentsAttrs>({
  name: 'moments',
  inputs: ['x'],
  output: 'y',
  shape([x], attrs) {
    expectChannels('moments', 'x', undefined, 'x', x!)
    const { rows, of } = attrs
    if (of) checkParts(x!, of)
    const C = lastAxis(x!)
    if (rows === undefined) return [2, C]
    if (!Number.isInteger(rows) || rows < 1) throw new ShapeError('moments', `rows must be a positive whole number, got ${rows}`)
    return [ceilDiv(countOf(x!, attrs), rows), 2, C]
  },
  cost: ({ inputs, output }) => ({ flops: 5 * sizeOf(inputs[0]!), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ inputs, output, attrs }) => {
    const N = countOf(inputs[0]!, attrs)
    const { rows = N, of = { rows: 1, total: N } } = attrs
    return {
      wgsl: shader.text({ consts: { PARTS: attrs.of !== undefined } }),
      sizes: { N, C: lastAxis(output), rows, each: of.rows, last: of.total - (N - 1) * of.rows },
      groups: threadGroups(sizeOf(output) / 2),
    }
  }),
})
