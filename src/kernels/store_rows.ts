/** storeRows: writes rows over some of a larger tensor, from one on. Those that would come behind its end, the padding of a last batch, are left out. */
import { sizeOf } from '../shape.ts'
import { elementGroups, expectOne } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './store_rows.wgsl'

/** x [N, ...], begin u32 [1]; updates rows [count, ...]. */
export const storeRows = defineOp<object>({
  name: 'storeRows',
  inputs: ['x', 'begin'],
  updates: ['rows'],
  output: null,
  shape([x, begin]) {
    expectOne('storeRows', 'begin', begin!)
    return x!
  },
  dtypes: () => ({ begin: 'u32' }),
  cost: ({ output }) => ({ flops: 0, bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: everywhere(({ output }) => ({ wgsl, sizes: { D: sizeOf(output.slice(1)) }, groups: elementGroups(sizeOf(output)) })),
})
