/** columnSum: the sum over all axes but the last, in a fixed order. The gradient of a bias. */
import { sizeOf } from '../shape.ts'
import { expectChannels, lastAxis, threadGroups, withConsts } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import wgsl from './column_sum.wgsl'

/** x [...,K] -> [K]. */
export const columnSum = defineOp<object>({
  name: 'columnSum',
  inputs: ['x'],
  output: 'y',
  shape([x]) {
    expectChannels('columnSum', 'x', undefined, 'x', x!)
    return [lastAxis(x!)]
  },
  cost: ({ inputs, output }) => ({ flops: sizeOf(inputs[0]!), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: withConsts({
    wgsl,
    consts: ({ inputs, output: [K] }) => ({ N: sizeOf(inputs[0]!) / K!, K: K! }),
    workgroups: ({ output }) => threadGroups(sizeOf(output)),
  }),
})
