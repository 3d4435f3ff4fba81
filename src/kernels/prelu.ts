/**
 * prelu: y = x where x is positive, else alpha * x, with a learned alpha (He et al. 2015). At 0 it has no slope, as in Keras, where it is made of
 * two relus.
 */
import { ShapeError } from '../errors.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { elementGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './prelu.wgsl'

/** x [N,...]; alpha: the trailing axes of x, one value for each of their elements. */
export const prelu = defineOp<object>({
  name: 'prelu',
  inputs: ['x', 'alpha'],
  output: 'y',
  shape([x, alpha]) {
    const tail = x!.slice(x!.length - alpha!.length)
    if (alpha!.length >= x!.length || formatShape(tail) !== formatShape(alpha)) {
      throw new ShapeError('prelu', `alpha must have the trailing axes of x, got alpha ${formatShape(alpha)} and x ${formatShape(x)}`)
    }
    return x!
  },
  cost: ({ inputs, output }) => ({ flops: 2 * sizeOf(output), bytes: f32Bytes(2 * sizeOf(output), sizeOf(inputs[1]!)) }),
  variants: everywhere(({ inputs, output }) => ({ wgsl, sizes: { step: 64 % sizeOf(inputs[1]!) }, groups: elementGroups(sizeOf(output)) })),
})
