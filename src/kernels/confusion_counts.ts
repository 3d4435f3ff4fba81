/**
 * confusionCounts: adds a batch to a confusion matrix, which counts rows by the place of their largest target and of their largest score, the first
 * of equals. Rows with weight 0 add nothing. Counts are exact up to 2^24.
 */
import { ShapeError } from '../errors.ts'
import { ceilDiv, expectRank, formatShape, sizeOf } from '../shape.ts'
import { expectSame } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './confusion_counts.wgsl'

/** y (scores), t (targets) [R,K], weight [N], R a multiple of N; updates sums [K * K], a row for each target. */
export const confusionCounts = defineOp<object>({
  name: 'confusionCounts',
  inputs: ['y', 't', 'weight'],
  updates: ['sums'],
  output: null,
  shape([y, t, weight]) {
    expectRank('confusionCounts', 'y', y!, 2)
    expectSame('confusionCounts', 'y', y!, 't', t!)
    expectRank('confusionCounts', 'weight', weight!, 1)
    if (y![0]! % weight![0]!)
      throw new ShapeError(
        'confusionCounts',
        `rows must be so many for each weight, got y ${formatShape(y)} and weight ${formatShape(weight)}`,
      )
    return [y![1]! * y![1]!]
  },
  cost: ({ inputs: [y] }) => ({ flops: 2 * sizeOf(y!), bytes: f32Bytes(2 * sizeOf(y!) * ceilDiv(y![1]!, 64), 2 * y![0]!) }),
  variants: everywhere(({ inputs: [y, , weight] }) => ({
    wgsl,
    sizes: { R: y![0]!, K: y![1]!, each: y![0]! / weight![0]! },
    groups: ceilDiv(y![1]!, 64),
  })),
})
