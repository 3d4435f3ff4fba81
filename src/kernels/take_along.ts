/** takeAlong: some values of each row, by their places. */
import { expectRank, sizeOf } from '../shape.ts'
import { expectRows, threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './take_along.wgsl'

/** x [N,C], index [N,K] of whole numbers below C, as `sortPlaces` gives them -> y [N,K]. */
export const takeAlong = defineOp<object>({
  name: 'takeAlong',
  inputs: ['x', 'index'],
  output: 'y',
  shape([x, index]) {
    expectRank('takeAlong', 'x', x!, 2)
    expectRank('takeAlong', 'index', index!, 2)
    expectRows('takeAlong', 'index', [index![0]!], x!)
    return index!
  },
  cost: ({ output }) => ({ flops: 0, bytes: f32Bytes(3 * sizeOf(output)) }),
  variants: everywhere(({ inputs: [x], output }) => ({
    wgsl,
    sizes: { C: x![1]!, K: output[1]! },
    groups: threadGroups(sizeOf(output)),
  })),
})
