/** batchNorm in inference mode: y = (x - mean) * gamma / sqrt(variance + epsilon) + beta over the last axis. */
import { ArgumentError } from '../errors.ts'
import { sizeOf } from '../shape.ts'
import { columnSum } from './column_sum.ts'
import { combine } from './combine.ts'
import { channelThreads, expectChannels, lastAxis, threadGroups } from './common.ts'
import { foldBatchNormScale } from './fold_batch_norm_scale.ts'
import { defineOp, everywhere, f32Bytes, type Op, type Ref } from './kernel.ts'
import wgsl from './batch_norm.wgsl'

export interface BatchNormAttrs {
  readonly epsilon: number
}

/** x of any rank with C channels in its last axis; gamma (default 1), beta (default 0), mean, variance [C]. */
export const batchNorm: Op<BatchNormAttrs> = defineOp<BatchNormAttrs>({
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
  /** mean and variance are constants here: x - mean and 1 / sqrt(variance + epsilon) are what a batch is normalised with. */
  grad({ g, node, attrs, dy, needs }) {
    const [x, gamma, , mean, variance] = node.inputs
    if (needs[3] || needs[4]) {
      throw new ArgumentError('batchNorm', `moving statistics have no gradient, got mean ${needs[3]} and variance ${needs[4]} needed`)
    }
    const times = (a: Ref, b: Ref) => g.add(combine, [a, b], { kind: 'multiply', activation: 'linear' })
    const normalised = () => g.add(batchNorm, [x, undefined, undefined, mean, variance], attrs)
    return [
      needs[0] ? times(dy, g.add(foldBatchNormScale, [variance, gamma], attrs)) : undefined,
      needs[1] ? g.add(columnSum, [times(dy, normalised())], {}) : undefined,
      needs[2] ? g.add(columnSum, [dy], {}) : undefined,
      undefined,
      undefined,
    ]
  },
})
