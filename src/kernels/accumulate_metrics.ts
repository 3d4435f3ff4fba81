/**
 * accumulateMetrics: adds a batch to the running sums [loss, right answers, samples, flag], each row by its weight.
 * A row counts as right when the largest score and the largest target are at the same place; the first of equals counts.
 * Rows with weight 0 add nothing. A loss that is not finite sets the flag to 1, where it stays, and is left out of the sum.
 */
import { expectRank, sizeOf } from '../shape.ts'
import { expectRows, expectSame } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './accumulate_metrics.wgsl'

/** loss, weight [N] (loss already weighted), x, t [N,K]; updates sums [4]. */
export const accumulateMetrics = defineOp<object>({
  name: 'accumulateMetrics',
  inputs: ['loss', 'x', 't', 'weight'],
  updates: ['sums'],
  output: null,
  shape([loss, x, t, weight]) {
    expectRank('accumulateMetrics', 'x', x!, 2)
    expectSame('accumulateMetrics', 'x', x!, 't', t!)
    expectRows('accumulateMetrics', 'loss', loss!, x!)
    expectRows('accumulateMetrics', 'weight', weight!, x!)
    return [4]
  },
  cost: ({ inputs }) => ({ flops: 2 * sizeOf(inputs[1]!), bytes: f32Bytes(2 * sizeOf(inputs[1]!), 2 * inputs[1]![0]!, 8) }),
  variants: everywhere(({ inputs }) => ({ wgsl, sizes: { N: inputs[1]![0]!, K: inputs[1]![1]! }, groups: 1 })),
})
