/** oneHot: class numbers as rows with a 1 at their place; all 0 for what is no class. */
import { ShapeError } from '../errors.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './one_hot.wgsl'

/** x (class numbers) of any shape -> [elements of x,K]. */
export const oneHot = defineOp<{ readonly classes: number }>({
  name: 'oneHot',
  inputs: ['x'],
  output: 'y',
  shape([x], { classes }) {
    if (Number.isInteger(classes) && classes > 0) return [sizeOf(x!), classes]
    throw new ShapeError('oneHot', `classes must be a positive whole number, got ${classes} and x ${formatShape(x)}`)
  },
  cost: ({ inputs, output }) => ({ flops: sizeOf(output), bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: everywhere(({ output }) => ({ wgsl, sizes: { K: output[1]! }, groups: threadGroups(sizeOf(output)) })),
})
