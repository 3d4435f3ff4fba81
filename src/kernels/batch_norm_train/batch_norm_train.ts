/**
 * batchNormTrain: batch normalisation by the batch's own moments, y = (x - mean) * gamma / sqrt(variance + epsilon) + beta over the last axis
 * (keras/src/layers/normalization/batch_normalization.py).
 */
import type { BatchNormAttrs } from '../batch_norm.ts'
import { channelThreads, expectChannels, lastAxis, threadGroups } from '../common.ts'
import { halfOf } from '../half_of.ts'
import { defineOp, everywhere, f32Bytes } from '../kernel.ts'
import { sizeOf } from '../../shape.ts'
import { batchNormTrainGradW } from './grad_w.ts'
import { batchNormTrainGradX } from './grad_x.ts'
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
  /**
   * The moments are those of x, so that they change with it: dx is the gradient by x in both ways, and by `moments` there is none, or one way
   * would count twice.
   */
  grad({ g, node, attrs, dy, needs }) {
    const [x, gamma, , moments] = node.inputs
    const sums = needs[0] || needs[1] || needs[2] ? g.add(batchNormTrainGradW, [x, dy, moments], attrs) : undefined
    return [
      needs[0] && sums ? g.add(batchNormTrainGradX, [x, gamma, moments, dy, sums], attrs) : undefined,
      needs[1] && sums ? halfOf(g, sums, 0) : undefined,
      needs[2] && sums ? halfOf(g, sums, 1) : undefined,
      undefined,
    ]
  },
})
