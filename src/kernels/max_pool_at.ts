/** maxPoolAt: the value of each window at the place that maxPoolArgmax has found: maxPool's bits. Its gradient does not read x. */
import { bytesOf } from '../dtype.ts'
import { sizeOf } from '../shape.ts'
import { expectSame, pixelThreads, poolShape, poolSizes, threadGroups, type PoolAttrs } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import { argmaxShape } from './max_pool_argmax.ts'
import wgsl from './max_pool_at.wgsl'

/** x [N,H,W,C], argmax u8 as maxPoolArgmax has it -> [N,P,Q,C]. */
export const maxPoolAt = defineOp<PoolAttrs>({
  name: 'maxPoolAt',
  inputs: ['x', 'argmax'],
  output: 'y',
  shape([x, argmax], attrs) {
    const y = poolShape('maxPoolAt', x!, attrs)
    expectSame('maxPoolAt', 'argmax', argmax!, "maxPoolArgmax's output", argmaxShape(y))
    return y
  },
  dtypes: () => ({ argmax: 'u8' }),
  cost: ({ inputs, output }) => ({
    flops: 0,
    bytes: f32Bytes(2 * sizeOf(output)) + bytesOf({ shape: inputs[1]!, dtype: 'u8' }),
  }),
  sliceable: true,
  variants: everywhere((io) => {
    const sizes = poolSizes('maxPoolAt', io)
    // The row of an element below 256 in a window S wide is element * inverse >> 16.
    return { wgsl, sizes: { ...sizes, inverse: Math.ceil(65536 / sizes['S']!) }, groups: threadGroups(pixelThreads(io.output)) }
  }),
})
