/** cumulativeSum: each value of a row and all before it, added up. */
import { expectRank, sizeOf } from '../shape.ts'
import { threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './cumulative_sum.wgsl'

export interface CumulativeSumAttrs {
  /** From the last on: each value and all behind it. */
  readonly reverse: boolean
}

/** x [N,K] -> [N,K]. */
export const cumulativeSum = defineOp<CumulativeSumAttrs>({
  name: 'cumulativeSum',
  inputs: ['x'],
  output: 'y',
  shape([x]) {
    expectRank('cumulativeSum', 'x', x!, 2)
    return x!
  },
  cost: ({ output }) => ({ flops: sizeOf(output), bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: everywhere(({ output: [N, K], attrs }) => ({
    wgsl,
    sizes: { N: N!, K: K!, reverse: Number(attrs.reverse) },
    groups: threadGroups(N!),
  })),
})
