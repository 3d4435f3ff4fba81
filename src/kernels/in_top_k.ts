/** inTopK: 1 for a row whose largest target, the first of equals, has one of the k largest scores, else 0. Equal scores share a place, as in Keras. */
import { ArgumentError } from '../errors.ts'
import { expectRank, sizeOf } from '../shape.ts'
import { expectSame, threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './in_top_k.wgsl'

/** x (scores), t (targets) [N,K] -> y [N]. */
export const inTopK = defineOp<{ readonly k: number }>({
  name: 'inTopK',
  inputs: ['x', 't'],
  output: 'y',
  shape([x, t], { k }) {
    expectRank('inTopK', 'x', x!, 2)
    expectSame('inTopK', 'x', x!, 't', t!)
    if (!(Number.isInteger(k) && k > 0)) throw new ArgumentError('inTopK', `k must be a positive whole number, got ${k}`)
    return [x![0]!]
  },
  cost: ({ inputs, output }) => ({ flops: 3 * sizeOf(inputs[0]!), bytes: f32Bytes(2 * sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ inputs, output, attrs: { k } }) => ({
    wgsl,
    sizes: { K: inputs[0]![1]!, k },
    groups: threadGroups(sizeOf(output)),
  })),
})
