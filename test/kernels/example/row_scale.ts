/** rowScale: every row of x by a number of its own. */
import { columnSum } from '../../../src/kernels/column_sum.ts'
import { combine } from '../../../src/kernels/combine.ts'
import { expectRows, threadGroups } from '../../../src/kernels/common.ts'
import { defineOp, everywhere, f32Bytes, type Op } from '../../../src/kernels/kernel.ts'
import { expectRank, sizeOf } from '../../../src/shape.ts'
import wgsl from './row_scale.wgsl'

/** x [N,C], s [N] -> [N,C]. */
export const rowScale: Op = defineOp<object>({
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
  grad({ g, node, dy, needs }) {
    const [x, s] = node.inputs
    const ds = () => {
      const products = g.add(combine, [dy, x], { kind: 'multiply', activation: 'linear' })
      const rows = g.add(columnSum, [g.view(products, [sizeOf(dy.shape), 1])], { rows: dy.shape[1]! })
      return g.view(rows, s!.shape)
    }
    return [needs[0] ? g.add(rowScale, [dy, s], {}) : undefined, needs[1] ? ds() : undefined]
  },
})
