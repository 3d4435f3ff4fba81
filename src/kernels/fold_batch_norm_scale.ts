/** foldBatchNormScale: scale = gamma / sqrt(variance + epsilon), what a batch normalisation multiplies each channel by. */
import { expectRank, sizeOf } from '../shape.ts'
import { elementGroups, expectChannels, withConsts } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import wgsl from './fold_batch_norm_scale.wgsl'

export interface FoldBatchNormScaleAttrs {
  readonly epsilon: number
}

/** variance, gamma (default 1) [C] -> scale [C]. */
export const foldBatchNormScale = defineOp<FoldBatchNormScaleAttrs>({
  name: 'foldBatchNormScale',
  inputs: ['variance', 'gamma?'],
  output: 'scale',
  shape([variance, gamma]) {
    expectRank('foldBatchNormScale', 'variance', variance!, 1)
    expectChannels('foldBatchNormScale', 'gamma', gamma, 'variance', variance!)
    return variance!
  },
  cost: ({ output }) => ({ flops: 3 * sizeOf(output), bytes: f32Bytes(3 * sizeOf(output)) }),
  variants: withConsts({
    wgsl,
    consts: ({ inputs, attrs }) => ({ HAS_GAMMA: !!inputs[1], EPSILON: attrs.epsilon }),
    workgroups: ({ output }) => elementGroups(sizeOf(output)),
  }),
})
