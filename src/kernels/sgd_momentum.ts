/**
 * sgdMomentum, as Keras computes it: velocity = momentum * velocity - learning rate * g; then w += velocity,
 * or with Nesterov's look-ahead w += momentum * velocity - learning rate * g.
 */
import { sizeOf } from '../shape.ts'
import { elementGroups, expectOne, expectRange } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './sgd_momentum.wgsl'

export interface SgdMomentumAttrs {
  readonly momentum: number
  readonly nesterov: boolean
}

/** g of any shape, hyper [1]: the learning rate; updates w and velocity of g's shape. */
export const sgdMomentum = defineOp<SgdMomentumAttrs>({
  name: 'sgdMomentum',
  inputs: ['g', 'hyper'],
  updates: ['w', 'velocity'],
  output: null,
  elementwise: true,
  shape([g, hyper], { momentum }) {
    expectOne('sgdMomentum', 'hyper', hyper!)
    expectRange('sgdMomentum', 'momentum', momentum, 0, 1)
    return g!
  },
  cost: ({ output }) => ({ flops: 6 * sizeOf(output), bytes: f32Bytes(5 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs: { momentum, nesterov } }) => ({
    wgsl,
    sizes: { momentum, nesterov: nesterov ? 1 : 0 },
    groups: elementGroups(sizeOf(output)),
  })),
})
