/** storeRows: writes rows over some of a larger tensor, from one on. Those that would come behind its end, the padding of a last batch, are left out. */
import { sizeOf } from '../shape.ts'
import { elementGroups, expectOne } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './store_rows.wgsl'

export interface RowsAttrs {
  /** Of the rows, which are copied bit by bit. Default f32. */
  readonly dtype?: 'f32' | 'u32'
}

/** x [N, ...], begin u32 [1]; updates rows [count, ...]. */
export const storeRows = defineOp<RowsAttrs>({
  name: 'storeRows',
  inputs: ['x', 'begin'],
  updates: ['rows'],
  output: null,
  shape([x, begin]) {
    expectOne('storeRows', 'begin', begin!)
    return x!
  },
  dtypes: ({ dtype = 'f32' }) => ({ begin: 'u32', x: dtype, rows: dtype }),
  cost: ({ output }) => ({ flops: 0, bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: everywhere(({ output }) => ({ wgsl, sizes: { D: sizeOf(output.slice(1)) }, groups: elementGroups(sizeOf(output)) })),
})
