/**
 * pointwiseLoss: the loss of each row, scale * sum of f(y, t), for losses that are made of single values. NaN where a prediction or a target of
 * the row is not finite.
 */
import { expectRank, sizeOf } from '../../shape.ts'
import { expectSame } from '../common.ts'
import { defineOp, everywhere, f32Bytes } from '../kernel.ts'
import { Shader } from '../shader.ts'
import { checkPointwise, numberSizes, pointwiseText, type PointwiseFunction } from './functions.ts'
import source from './pointwise_loss.wgsl'

export interface PointwiseLossAttrs {
  readonly f: PointwiseFunction
  /** Of the sum: 1 / M makes it a mean. */
  readonly scale: number
}

const shader = new Shader(source)

/** y (predictions), t (targets) [N,M] -> loss [N]. */
export const pointwiseLoss = defineOp<PointwiseLossAttrs>({
  name: 'pointwiseLoss',
  inputs: ['y', 't'],
  output: 'loss',
  shape([y, t], { f }) {
    checkPointwise('pointwiseLoss', f)
    expectRank('pointwiseLoss', 'y', y!, 2)
    return [expectSame('pointwiseLoss', 'y', y!, 't', t!)[0]!]
  },
  cost: ({ inputs, output }) => ({ flops: 8 * sizeOf(inputs[0]!), bytes: f32Bytes(2 * sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ inputs, output, attrs: { f, scale } }) => ({
    wgsl: shader.text({ functions: { value: pointwiseText('value', f) } }),
    sizes: { N: output[0]!, M: inputs[0]![1]!, scale, ...numberSizes(f) },
    groups: output[0]!,
  })),
})
