/** batchNorm in inference mode: y = (x - mean) * gamma / sqrt(variance + epsilon) + beta over the last axis. */
import { sizeOf } from '../shape.ts'
import { channelThreads, expectChannels, lastAxis, threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './batch_norm.wgsl'

export interface BatchNormAttrs {
  readonly epsilon: number
}

/** x of any rank with C channels in its last axis; gamma (default 1), beta (default 0), mean, variance [C]. */
export const batchNorm = defineOp<BatchNormAttrs>({
  name: 'batchNorm',
  inputs: ['x', 'gamma?', 'beta?', 'mean', 'variance'],
  output: 'y',
  shape([x, gamma, beta, mean, variance]) {
    for (const [name, vector] of Object.entries({ gamma, beta, mean, variance })) expectChannels('batchNorm', name, vector, 'x', x!)
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
