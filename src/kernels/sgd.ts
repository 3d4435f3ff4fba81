/** sgd: w -= learning rate * g. */
import { sizeOf } from '../shape.ts'
import { elementGroups, expectOne } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './sgd.wgsl'

/** g of any shape, hyper [1]: the learning rate; updates w of g's shape. */
export const sgd = defineOp<object>({
  name: 'sgd',
  inputs: ['g', 'hyper'],
  updates: ['w'],
  output: null,
  elementwise: true,
  shape([g, hyper]) {
    expectOne('sgd', 'hyper', hyper!)
    return g!
  },
  cost: ({ output }) => ({ flops: 2 * sizeOf(output), bytes: f32Bytes(3 * sizeOf(output)) }),
  variants: everywhere(({ output }) => ({ wgsl, sizes: {}, groups: elementGroups(sizeOf(output)) })),
})
