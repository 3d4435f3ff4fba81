/** columnSum: the sum over all rows, in a fixed order. The gradient of a bias. */
import { expectRank, sizeOf } from '../shape.ts'
import { threadGroups, withConsts } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import wgsl from './column_sum.wgsl'

/** x [N,K] -> [K]. */
export const columnSum = defineOp<object>({
  name: 'columnSum',
  inputs: ['x'],
  output: 'y',
  shape([x]) {
    expectRank('columnSum', 'x', x!, 2)
    return [x![1]!]
  },
  cost: ({ inputs, output }) => ({ flops: sizeOf(inputs[0]!), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: withConsts({
    wgsl,
    consts: ({ inputs }) => ({ N: inputs[0]![0]!, K: inputs[0]![1]! }),
    workgroups: ({ output }) => threadGroups(sizeOf(output)),
  }),
})
