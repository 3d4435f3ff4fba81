/** vectorSquares: the squares of the lengths that a weight's vectors have along some axes; what a constraint of lengths needs to know. */
import { ShapeError } from '../errors.ts'
import { formatShape, sizeOf } from '../shape.ts'
import { threadGroups } from './common.ts'
import { expectAxes, type ConstrainAxes } from './constrain.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './vector_squares.wgsl'

/** w of as many values as the axes [A,R,B] have -> [A*B]. */
export const vectorSquares = defineOp<ConstrainAxes>({
  name: 'vectorSquares',
  inputs: ['w'],
  output: 'y',
  shape([w], { axes }) {
    expectAxes('vectorSquares', axes)
    if (sizeOf(axes) !== sizeOf(w!))
      throw new ShapeError('vectorSquares', `axes must have as many values as w, got ${formatShape(axes)} and w ${formatShape(w)}`)
    return [axes[0]! * axes[2]!]
  },
  cost: ({ inputs: [w], output }) => ({ flops: 2 * sizeOf(w!), bytes: f32Bytes(sizeOf(w!), sizeOf(output)) }),
  variants: everywhere(({ output, attrs: { axes } }) => ({
    wgsl,
    sizes: { R: axes[1]!, B: axes[2]! },
    groups: threadGroups(sizeOf(output)),
  })),
})
