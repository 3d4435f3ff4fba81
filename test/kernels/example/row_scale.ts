/** rowScale: every row of x by a number of its own. */
import { expectRows, threadGroups } from '../../../src/kernels/common.ts'
import { defineOp, everywhere, f32Bytes } from '../../../src/kernels/kernel.ts'
import { expectRank, sizeOf } from '../../../src/shape.ts'
import wgsl from './row_scale.wgsl'

/** x [N,C], s [N] -> [N,C]. */
export const rowScale = defineOp<object>({
  name: 'rowScale',
  inputs: ['x', 's'],
  output: 'y',
  shape([x, s]) {
    expectRank('rowScale', 'x', x!, 2)
    expectRows('rowScale', 's', s!, x!)
    return x!
  },
  cost: ({ inputs, output }) => ({ flops: sizeOf(output), bytes: f32Bytes(2 * sizeOf(output), sizeOf(inputs[1]!)) }),
  variants: everywhere(({ output }) => ({ wgsl, sizes: { C: output[1]! }, groups: threadGroups(sizeOf(output)) })),
})
