/** columnSum: the sum over all axes but the last, in a fixed order. The gradient of a bias. */
import { ShapeError } from '../errors.ts'
import { ceilDiv, sizeOf, type Shape } from '../shape.ts'
import { expectChannels, lastAxis, threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './column_sum.wgsl'

export interface ColumnSumAttrs {
  /** Sums of so many rows each, the last of what is left, instead of one of all. */
  readonly rows?: number
}

const rowsOf = (x: Shape): number => sizeOf(x) / lastAxis(x)

/** x [...,K] -> [K], or with `rows` [groups of rows,K]. */
export const columnSum = defineOp<ColumnSumAttrs>({
  name: 'columnSum',
  inputs: ['x'],
  output: 'y',
  shape([x], { rows }) {
    expectChannels('columnSum', 'x', undefined, 'x', x!)
    if (rows === undefined) return [lastAxis(x!)]
    if (!Number.isInteger(rows) || rows < 1) throw new ShapeError('columnSum', `rows must be a positive whole number, got ${rows}`)
    return [ceilDiv(rowsOf(x!), rows), lastAxis(x!)]
  },
  cost: ({ inputs, output }) => ({ flops: sizeOf(inputs[0]!), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ inputs, output, attrs }) => ({
    wgsl,
    sizes: { N: rowsOf(inputs[0]!), K: lastAxis(output), rows: attrs.rows ?? rowsOf(inputs[0]!) },
    groups: threadGroups(sizeOf(output)),
  })),
})
