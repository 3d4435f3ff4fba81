/** columnSum: the sum over all axes but the last, in a fixed order. The gradient of a bias. */
import { ShapeError } from '../errors.ts'
import { ceilDiv, sizeOf, type Shape } from '../shape.ts'
import { expectChannels, lastAxis, threadGroups, withConsts } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
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
  variants: withConsts({
    wgsl,
    consts: ({ inputs: [x], attrs }) => ({ N: rowsOf(x!), K: lastAxis(x!), ROWS: attrs.rows ?? rowsOf(x!) }),
    workgroups: ({ output }) => threadGroups(sizeOf(output)),
  }),
})
