/** reluGrad: dx = dy where the output y > 0, else 0 (Keras: the gradient at 0 is 0). */
import { ceilDiv, sizeOf } from '../shape.ts'
import { withConsts } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import wgsl from './relu_grad.wgsl'

export const reluGrad = defineOp<object>({
  name: 'reluGrad',
  inputs: ['y', 'dy'],
  output: 'dx',
  shape: ([y]) => y!,
  cost: ({ output }) => ({ flops: sizeOf(output), bytes: f32Bytes(3 * sizeOf(output)) }),
  variants: withConsts({
    wgsl,
    consts: ({ output }) => ({ SIZE: sizeOf(output) }),
    workgroups: ({ output }) => ceilDiv(sizeOf(output), 256),
  }),
})
