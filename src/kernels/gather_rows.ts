/** gatherRows: some rows of a tensor, in any order, each as often as it is asked for. */
import { ShapeError } from '../errors.ts'
import { expectRank, formatShape, sizeOf } from '../shape.ts'
import { elementGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import type { RowsAttrs } from './store_rows.ts'
import wgsl from './gather_rows.wgsl'

/** x [count, ...], index u32 [N] of numbers below count -> y [N, ...]. */
export const gatherRows = defineOp<RowsAttrs>({
  name: 'gatherRows',
  inputs: ['x', 'index'],
  output: 'y',
  shape([x, index]) {
    expectRank('gatherRows', 'index', index!, 1)
    if (!x!.length) throw new ShapeError('gatherRows', `x must have a row axis, got x ${formatShape(x)}`)
    return [index![0]!, ...x!.slice(1)]
  },
  dtypes: ({ dtype = 'f32' }) => ({ index: 'u32', x: dtype, y: dtype }),
  cost: ({ output }) => ({ flops: 0, bytes: f32Bytes(2 * sizeOf(output), output[0]!) }),
  variants: everywhere(({ output }) => {
    const D = sizeOf(output.slice(1))
    const parts = elementGroups(D)
    return { wgsl, sizes: { D, parts }, groups: output[0]! * parts }
  }),
})
