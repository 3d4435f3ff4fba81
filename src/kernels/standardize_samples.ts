/** standardizeSamples: each sample centred by its own mean, and scaled by its own deviation: ImageDataGenerator's samplewise options. */
import { ShapeError } from '../errors.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import { standardizeSamplesGrad } from './standardize_samples_grad.ts'
import wgsl from './standardize_samples.wgsl'

export interface StandardizeSamplesAttrs {
  /** Whether to divide by the deviation (of the biased variance) plus 1e-6, and not to centre alone. */
  readonly deviation: boolean
}

/** x [N,...] -> as x, mean and deviation over all values of a sample. */
export const standardizeSamples = defineOp<StandardizeSamplesAttrs>({
  name: 'standardizeSamples',
  inputs: ['x'],
  output: 'y',
  shape([x]) {
    if (x!.length < 2) throw new ShapeError('standardizeSamples', `x must have samples of at least one value, got x ${formatShape(x)}`)
    return x!
  },
  cost: ({ output }) => ({ flops: 6 * sizeOf(output), bytes: f32Bytes(4 * sizeOf(output)) }),
  variants: everywhere(({ output, attrs: { deviation } }) => ({
    wgsl,
    sizes: { D: sizeOf(output) / output[0]!, deviation: +deviation },
    groups: output[0]!,
  })),
  grad: ({ g, node, attrs, dy }) => [g.add(standardizeSamplesGrad, [node.inputs[0], dy], attrs)],
})
