/** accumulate: adds what the rows of a part of a batch come to, such as a gradient, to the sum of the parts before; the first takes its place. */
import { sizeOf } from '../shape.ts'
import { elementGroups, expectOne } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './accumulate.wgsl'

/** x of any shape, before u32 [1]: rows of the batch before these; updates sum of x's shape. */
export const accumulate = defineOp<object>({
  name: 'accumulate',
  inputs: ['x', 'before'],
  updates: ['sum'],
  output: null,
  elementwise: true,
  packs: true,
  shape([x, before]) {
    expectOne('accumulate', 'before', before!)
    return x!
  },
  dtypes: () => ({ before: 'u32' }),
  cost: ({ output }) => ({ flops: sizeOf(output), bytes: f32Bytes(3 * sizeOf(output)) }),
  variants: everywhere(({ output }) => ({ wgsl, sizes: {}, groups: elementGroups(sizeOf(output)) })),
})
