/** penaltyGrad: dx = dy * (l1 * sign(x) + 2 * l2 * x); at 0 the slope of l1 is 0, as in Keras. */
import { expectRank, sizeOf } from '../../shape.ts'
import { elementGroups, expectRows } from '../common.ts'
import { defineGradient, defineOp, everywhere, f32Bytes } from '../kernel.ts'
import { penalty } from './penalty.ts'
import wgsl from './grad.wgsl'

/** x [N,M], dy [N] -> dx [N,M]. */
export const penaltyGrad = defineOp<{ readonly l1: number; readonly l2: number }>({
  name: 'penaltyGrad',
  inputs: ['x', 'dy'],
  output: 'dx',
  shape([x, dy]) {
    expectRank('penaltyGrad', 'x', x!, 2)
    expectRows('penaltyGrad', 'dy', dy!, x!)
    return x!
  },
  cost: ({ output }) => ({ flops: 5 * sizeOf(output), bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs: { l1, l2 } }) => ({
    wgsl,
    sizes: { M: output[1]!, l1, l2 },
    groups: elementGroups(sizeOf(output)),
  })),
})

export const penaltyGradient = defineGradient(penalty, ({ g, node, attrs, dy }) => [g.add(penaltyGrad, [node.inputs[0], dy], attrs)])
