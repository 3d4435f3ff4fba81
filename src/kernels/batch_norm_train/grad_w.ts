/**
 * batchNormTrainGradW: the gradients of a batch normalisation by its weights, dgamma = sum of dy * (x - mean) / sqrt(variance + epsilon) and
 * dbeta = sum of dy, over all axes but the last and in a fixed order. What the gradient by x needs of them too.
 */
import { ShapeError } from '../../errors.ts'
import { ceilDiv, sizeOf } from '../../shape.ts'
import type { BatchNormAttrs } from '../batch_norm.ts'
import { expectSame, lastAxis, threadGroups } from '../common.ts'
import { defineOp, everywhere, f32Bytes } from '../kernel.ts'
import { expectMoments } from './shape.ts'
import wgsl from './grad_w.wgsl'

export interface BatchNormTrainGradWAttrs extends BatchNormAttrs {
  /** Sums of so many rows each, the last of what is left, instead of one of all. */
  readonly rows?: number
}

/** x, dy [...,C], moments [2,C] -> [2,C], dgamma and dbeta, or with `rows` [groups of rows,2,C]. */
export const batchNormTrainGradW = defineOp<BatchNormTrainGradWAttrs>({
  name: 'batchNormTrainGradW',
  inputs: ['x', 'dy', 'moments'],
  output: 'dw',
  shape([x, dy, moments], { rows }) {
    expectSame('batchNormTrainGradW', 'dy', dy!, 'x', x!)
    expectMoments('batchNormTrainGradW', 'moments', moments!, x!)
    const C = lastAxis(x!)
    if (rows === undefined) return [2, C]
    if (!Number.isInteger(rows) || rows < 1)
      throw new ShapeError('batchNormTrainGradW', `rows must be a positive whole number, got ${rows}`)
    return [ceilDiv(sizeOf(x!) / C, rows), 2, C]
  },
  cost: ({ inputs, output }) => ({ flops: 4 * sizeOf(inputs[0]!), bytes: f32Bytes(2 * sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ inputs, output, attrs: { epsilon, rows } }) => {
    const [N, C] = [sizeOf(inputs[0]!) / lastAxis(output), lastAxis(output)]
    return { wgsl, sizes: { N, C, rows: rows ?? N, epsilon }, groups: threadGroups(sizeOf(output) / 2) }
  }),
})
