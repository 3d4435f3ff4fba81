/**
 * moveStatistics: what a batch normalisation remembers of the batches, statistic = statistic * momentum + batch's * (1 - momentum). The
 * variance is the biased one, as in Keras (keras/src/layers/normalization/batch_normalization.py).
 */
import { expectRank, sizeOf } from '../shape.ts'
import { expectRange, threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './move_statistics.wgsl'

/** moments [2,C]; updates mean, variance [C]. */
export const moveStatistics = defineOp<{ readonly momentum: number }>({
  name: 'moveStatistics',
  inputs: ['moments'],
  updates: ['mean', 'variance'],
  output: null,
  shape([moments], { momentum }) {
    expectRank('moveStatistics', 'moments', moments!, 2)
    expectRange('moveStatistics', 'momentum', momentum, 0, Infinity)
    return [moments![1]!]
  },
  cost: ({ output }) => ({ flops: 6 * sizeOf(output), bytes: f32Bytes(6 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs: { momentum } }) => ({
    wgsl,
    sizes: { momentum, rest: 1 - momentum },
    groups: threadGroups(sizeOf(output)),
  })),
})
