/**
 * adam: one step of one weight, as Keras computes it (Kingma and Ba 2015):
 * m += (g - m) * (1 - beta1); v += (g^2 - v) * (1 - beta2); w -= m * a / (sqrt(v) + epsilon).
 */
import { sizeOf } from '../shape.ts'
import { elementGroups, expectOne, expectRange } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './adam.wgsl'

export interface AdamAttrs {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
}

/** g of any shape, hyper [1]: the step size a = learning rate * sqrt(1 - beta2^t) / (1 - beta1^t); updates w, m, v of g's shape. */
export const adam = defineOp<AdamAttrs>({
  name: 'adam',
  inputs: ['g', 'hyper'],
  updates: ['w', 'm', 'v'],
  output: null,
  elementwise: true,
  shape([g, hyper], { beta1, beta2, epsilon }) {
    expectOne('adam', 'hyper', hyper!)
    expectRange('adam', 'beta1', beta1, 0, 1)
    expectRange('adam', 'beta2', beta2, 0, 1)
    expectRange('adam', 'epsilon', epsilon, 0, Infinity)
    return g!
  },
  cost: ({ output }) => ({ flops: 12 * sizeOf(output), bytes: f32Bytes(7 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs: { beta1, beta2, epsilon } }) => ({
    wgsl,
    sizes: { rate1: 1 - beta1, rate2: 1 - beta2, epsilon },
    groups: elementGroups(sizeOf(output)),
  })),
})
