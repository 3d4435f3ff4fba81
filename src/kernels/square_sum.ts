/** squareSum: the sum of all squares, in a fixed order, on top of another one: the square of the norm of several tensors. */
import { ShapeError } from '../errors.ts'
import { ceilDiv, sizeOf } from '../shape.ts'
import { expectOne } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './square_sum.wgsl'

export interface SquareSumAttrs {
  /** Sums of so many elements each, the last of what is left, instead of one of all. */
  readonly each?: number
  /** The elements are sums of squares. */
  readonly added?: boolean
}

/** x of any shape, before [1] -> [1], or with `each` [groups of elements], where there is no `before`. */
export const squareSum = defineOp<SquareSumAttrs>({
  name: 'squareSum',
  inputs: ['x', 'before?'],
  output: 'y',
  shape([x, before], { each }) {
    if (before) expectOne('squareSum', 'before', before)
    if (each === undefined) return [1]
    if (!Number.isInteger(each) || each < 1 || before)
      throw new ShapeError('squareSum', `each must be a positive whole number, and none be before, got ${each}`)
    return [ceilDiv(sizeOf(x!), each)]
  },
  cost: ({ inputs, output }) => ({ flops: 2 * sizeOf(inputs[0]!), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ inputs, output, attrs: { each, added } }) => ({
    wgsl,
    sizes: { each: each ?? sizeOf(inputs[0]!), added: added ? 1 : 0, on: inputs[1] ? 1 : 0 },
    groups: sizeOf(output),
  })),
})
