/** standardizeSamplesGrad: the gradient through `standardizeSamples`, mean and deviation included. */
import { sizeOf } from '../shape.ts'
import { expectSame } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './standardize_samples_grad.wgsl'

/** x, dy [N,...] -> dx. `deviation` is that of `standardizeSamples`. */
export const standardizeSamplesGrad = defineOp<{ readonly deviation: boolean }>({
  name: 'standardizeSamplesGrad',
  inputs: ['x', 'dy'],
  output: 'dx',
  shape: ([x, dy]) => expectSame('standardizeSamplesGrad', 'x', x!, 'dy', dy!),
  cost: ({ output }) => ({ flops: 10 * sizeOf(output), bytes: f32Bytes(7 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs: { deviation } }) => ({
    wgsl,
    sizes: { D: sizeOf(output) / output[0]!, deviation: +deviation },
    groups: output[0]!,
  })),
})
