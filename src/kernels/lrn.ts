/** lrn: local response normalisation over neighbouring channels (Krizhevsky et al. 2012, section 3.3), as tf.nn.lrn has it. */
import { ArgumentError } from '../errors.ts'
import { sizeOf } from '../shape.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import { lrnGrad, lrnKernel, type LrnAttrs } from './lrn_grad.ts'
import wgsl from './lrn.wgsl'

/** x of any shape with channels last. */
export const lrn = defineOp<LrnAttrs>({
  name: 'lrn',
  inputs: ['x'],
  output: 'y',
  shape([x], { radius, bias, alpha, beta }) {
    if (!Number.isInteger(radius) || radius < 0) throw new ArgumentError('lrn', `radius must be a whole number from 0, got ${radius}`)
    if (!(bias > 0 && alpha >= 0 && Number.isFinite(bias + alpha + beta))) {
      throw new ArgumentError('lrn', `bias must be greater than 0, alpha at least 0, beta finite, got ${bias}, ${alpha} and ${beta}`)
    }
    return x!
  },
  cost: ({ output, attrs }) => ({ flops: (2 * (2 * attrs.radius + 1) + 5) * sizeOf(output), bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs }) => lrnKernel(wgsl, output, attrs)),
  grad({ g, node, attrs, dy }) {
    const [x] = node.inputs
    return [g.add(lrnGrad, [x, dy, g.add(lrnGrad, [x, dy], attrs)], attrs)]
  },
})
