/**
 * batchNormTrainGradX: the gradient of a batch normalisation by its input, that of the moments in it: with xhat = (x - mean) * s,
 * s = 1 / sqrt(variance + epsilon) and M rows, dx = gamma * s * (dy - dbeta / M - xhat * dgamma / M), where dgamma and dbeta are the sums of
 * dy * xhat and of dy (Ioffe and Szegedy 2015, section 3).
 */
import { sizeOf } from '../../shape.ts'
import type { BatchNormAttrs } from '../batch_norm.ts'
import { channelThreads, expectChannels, expectSame, lastAxis, threadGroups } from '../common.ts'
import { defineOp, everywhere, f32Bytes } from '../kernel.ts'
import { expectMoments } from './shape.ts'
import wgsl from './grad_x.wgsl'

/** x, dy [...,C], gamma [C] (default 1), moments [2,C], dw [2,C]: dgamma and dbeta -> dx. */
export const batchNormTrainGradX = defineOp<BatchNormAttrs>({
  name: 'batchNormTrainGradX',
  inputs: ['x', 'gamma?', 'moments', 'dy', 'dw'],
  output: 'dx',
  shape([x, gamma, moments, dy, dw]) {
    expectChannels('batchNormTrainGradX', 'gamma', gamma, 'x', x!)
    expectMoments('batchNormTrainGradX', 'moments', moments!, x!)
    expectMoments('batchNormTrainGradX', 'dw', dw!, x!)
    return expectSame('batchNormTrainGradX', 'dy', dy!, 'x', x!)
  },
  cost: ({ output }) => ({ flops: 5 * sizeOf(output), bytes: f32Bytes(3 * sizeOf(output), 5 * lastAxis(output)) }),
  variants: everywhere(({ inputs: [, gamma], output, attrs: { epsilon } }) => {
    const [rows, C] = [sizeOf(output) / lastAxis(output), lastAxis(output)]
    return { wgsl, sizes: { rows, C, hasGamma: gamma ? 1 : 0, epsilon }, groups: threadGroups(channelThreads(output)) }
  }),
})
