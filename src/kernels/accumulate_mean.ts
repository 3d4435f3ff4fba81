/**
 * accumulateMean: adds a batch of values, one a row, to the running sums [sum of weight * value, sum of weights, flag]. Rows with weight 0 add
 * nothing, whatever they hold. A value that is not finite sets the flag to 1, where it stays, and is left out of the sum.
 */
import { expectRank, sizeOf } from '../shape.ts'
import { expectRows } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './accumulate_mean.wgsl'

/** x, weight [N]; updates sums [3]. */
export const accumulateMean = defineOp<object>({
  name: 'accumulateMean',
  inputs: ['x', 'weight'],
  updates: ['sums'],
  output: null,
  shape([x, weight]) {
    expectRank('accumulateMean', 'x', x!, 1)
    expectRows('accumulateMean', 'weight', weight!, x!)
    return [3]
  },
  cost: ({ inputs }) => ({ flops: 2 * sizeOf(inputs[0]!), bytes: f32Bytes(2 * sizeOf(inputs[0]!), 6) }),
  variants: everywhere(() => ({ wgsl, sizes: {}, groups: 1 })),
})
