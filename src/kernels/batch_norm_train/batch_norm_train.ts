/**
 * batchNormTrain: batch normalisation by the batch's own moments, y = (x - mean) * gamma / sqrt(variance + epsilon) + beta over the last axis
 * (keras/src/layers/normalization/batch_normalization.py).
 */
import type { BatchNormAttrs } from '../batch_norm.ts'
import { channelThreads, expectChannels, lastAxis, threadGroups } from '../common.ts'
import { defineOp, everywhere, f32Bytes } from '../kernel.ts'
import { sizeOf } from '../../shape.ts'
import { expectMoments } from './shape.ts'
import wgsl from './batch_norm_train.wgsl'

/** x of any rank with C channels in its last axis; gamma (default 1), beta (default 0) [C]; moments [2,C], those of x. */
export const batchNormTrain = defineOp<BatchNormAttrs>({
  name: 'batchNormTrain',
  inputs: ['x', 'gamma?', 'beta?', 'moments'],
  output: 'y',
  shape([x, gamma, beta, moments]) {
    for (const [name, vector] of Object.entries({ gamma, beta })) expectChannels('batchNormTrain', name, vector, 'x', x!)
    expectMoments('batchNormTrain', 'moments', moments!, x!)
    return x!
  },
  cost: ({ output }) => ({ flops: 3 * sizeOf(output), bytes: f32Bytes(2 * sizeOf(output), 4 * lastAxis(output)) }),
  variants: everywhere(({ inputs: [, gamma, beta], output, attrs }) => ({
    wgsl,
    sizes: {
      rows: sizeOf(output) / lastAxis(output),
      C: lastAxis(output),
      hasGamma: gamma ? 1 : 0,
      hasBeta: beta ? 1 : 0,
      epsilon: attrs.epsilon,
    },
    groups: threadGroups(channelThreads(output)),
  })),
})
