/** relu: y = max(x, 0). Gradient from the output, so that it serves fused activations too. */
import { ceilDiv, sizeOf } from '../shape.ts'
import { withConsts } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import { reluGrad } from './relu_grad.ts'
import wgsl from './relu.wgsl'

/** Elements per workgroup: 64 lanes, 4 each. */
const PER_GROUP = 256

export const relu = defineOp<object>({
  name: 'relu',
  inputs: ['x'],
  output: 'y',
  shape: ([x]) => x!,
  cost: ({ output }) => ({ flops: sizeOf(output), bytes: f32Bytes(sizeOf(output), sizeOf(output)) }),
  variants: withConsts({
    wgsl,
    consts: ({ output }) => ({ SIZE: sizeOf(output) }),
    workgroups: ({ output }) => ceilDiv(sizeOf(output), PER_GROUP),
  }),
  grad: ({ g, node, dy }) => [g.add(reluGrad, [node, dy], {})],
})
