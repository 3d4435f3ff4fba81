/** sampleRange: the least and the largest value of each sample of a batch. */
import { ShapeError } from '../errors.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './sample_range.wgsl'

/** x [N,...] -> [N,2]. There is no gradient. */
export const sampleRange = defineOp<object>({
  name: 'sampleRange',
  inputs: ['x'],
  output: 'y',
  shape([x]) {
    if (x!.length < 2) throw new ShapeError('sampleRange', `x must have samples of at least one value, got x ${formatShape(x)}`)
    return [x![0]!, 2]
  },
  cost: ({ inputs, output }) => ({ flops: 2 * sizeOf(inputs[0]!), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ inputs, output }) => ({ wgsl, sizes: { D: sizeOf(inputs[0]!) / output[0]! }, groups: output[0]! })),
})
