/** standardizeSamples: each sample centred by its own mean, and scaled by its own deviation: ImageDataGenerator's samplewise options. */
import { ShapeError } from '../errors.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { expectSame } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './standardize_samples.wgsl'

export interface StandardizeSamplesAttrs {
  /** Whether to divide by the deviation (of the biased variance) plus 1e-6, and not to centre alone. */
  readonly deviation: boolean
}

/** x [N,...] -> as x, mean and deviation over all values of a sample; with dy, as x, the gradient by x where dy is the one by that. */
export const standardizeSamples = defineOp<StandardizeSamplesAttrs>({
  name: 'standardizeSamples',
  inputs: ['x', 'dy?'],
  output: 'y',
  shape([x, dy]) {
    if (x!.length < 2) throw new ShapeError('standardizeSamples', `x must have samples of at least one value, got x ${formatShape(x)}`)
    return dy ? expectSame('standardizeSamples', 'x', x!, 'dy', dy) : x!
  },
  cost: ({ inputs, output }) => ({ flops: 10 * sizeOf(output), bytes: f32Bytes((inputs[1] ? 7 : 4) * sizeOf(output)) }),
  variants: everywhere(({ inputs, output, attrs: { deviation } }) => ({
    wgsl,
    sizes: { D: sizeOf(output) / output[0]!, deviation: +deviation, backward: inputs[1] ? 1 : 0 },
    groups: output[0]!,
  })),
})
