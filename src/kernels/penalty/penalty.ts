/** penalty: the sum of l1 * |x| + l2 * x^2 of each row: what regularizers add to the loss (keras/src/regularizers/regularizers.py). */
import { ArgumentError } from '../../errors.ts'
import { expectRank, sizeOf } from '../../shape.ts'
import { defineOp, everywhere, f32Bytes } from '../kernel.ts'
import wgsl from './penalty.wgsl'

export interface PenaltyAttrs {
  readonly l1: number
  readonly l2: number
}

/** x [N,M] -> [N]. */
export const penalty = defineOp<PenaltyAttrs>({
  name: 'penalty',
  inputs: ['x'],
  output: 'y',
  shape([x], { l1, l2 }) {
    expectRank('penalty', 'x', x!, 2)
    if (![l1, l2].every((n) => Number.isFinite(Math.fround(n))))
      throw new ArgumentError('penalty', `l1 and l2 must be finite, got ${l1} and ${l2}`)
    return [x![0]!]
  },
  cost: ({ inputs, output }) => ({ flops: 5 * sizeOf(inputs[0]!), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ inputs, attrs: { l1, l2 } }) => ({
    wgsl,
    sizes: { N: inputs[0]![0]!, M: inputs[0]![1]!, l1, l2 },
    groups: inputs[0]![0]!,
  })),
})
