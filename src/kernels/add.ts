/** add: y = a + b, elementwise, optionally through relu. */
import { sizeOf } from '../shape.ts'
import { elementGroups, expectSame, withConsts } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import { reluGrad } from './relu_grad.ts'
import wgsl from './add.wgsl'

export interface AddAttrs {
  readonly activation: 'linear' | 'relu'
}

/** a, b: one shape, any rank. */
export const add = defineOp<AddAttrs>({
  name: 'add',
  inputs: ['a', 'b'],
  output: 'y',
  elementwise: true,
  shape: ([a, b]) => expectSame('add', 'a', a!, 'b', b!),
  cost: ({ output }) => ({ flops: sizeOf(output), bytes: f32Bytes(3 * sizeOf(output)) }),
  variants: withConsts({
    wgsl,
    consts: ({ output, attrs }) => ({ SIZE: sizeOf(output), RELU: attrs.activation === 'relu' }),
    workgroups: ({ output }) => elementGroups(sizeOf(output)),
  }),
  grad({ g, node, attrs, dy, needs }) {
    const d = attrs.activation === 'relu' ? g.add(reluGrad, [node, dy], {}) : dy
    return needs.map((needed) => (needed ? d : undefined))
  },
})
