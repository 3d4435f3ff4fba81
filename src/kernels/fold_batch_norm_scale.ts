/** foldBatchNormScale: scale = gamma / sqrt(variance + epsilon), what a batch normalisation multiplies each channel by. */
import { expectRank, sizeOf } from '../shape.ts'
import { elementGroups, expectChannels } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
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
  variants: everywhere(({ inputs: [, gamma], output, attrs }) => ({
    wgsl,
    sizes: { hasGamma: gamma ? 1 : 0, epsilon: attrs.epsilon },
    groups: elementGroups(sizeOf(output)),
  })),
})
