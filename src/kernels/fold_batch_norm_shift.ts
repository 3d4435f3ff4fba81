/** foldBatchNormShift: shift = beta + (bias - mean) * scale, the bias of a convolution that a batch normalisation was folded into. */
import { expectRank, sizeOf } from '../shape.ts'
import { elementGroups, expectChannels } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './fold_batch_norm_shift.wgsl'

/** mean, scale, beta (default 0), bias (of the convolution, default 0) [C] -> shift [C]. */
export const foldBatchNormShift = defineOp<object>({
  name: 'foldBatchNormShift',
  inputs: ['mean', 'scale', 'beta?', 'bias?'],
  output: 'shift',
  shape([mean, scale, beta, bias]) {
    expectRank('foldBatchNormShift', 'mean', mean!, 1)
    for (const [name, vector] of Object.entries({ scale, beta, bias })) expectChannels('foldBatchNormShift', name, vector, 'mean', mean!)
    return mean!
  },
  cost: ({ output }) => ({ flops: 3 * sizeOf(output), bytes: f32Bytes(5 * sizeOf(output)) }),
  variants: everywhere(({ inputs: [, , beta, bias], output }) => ({
    wgsl,
    sizes: { hasBeta: beta ? 1 : 0, hasBias: bias ? 1 : 0 },
    groups: elementGroups(sizeOf(output)),
  })),
})
