/** transpose: permutes the axes of a tensor. */
import { ShapeError } from '../errors.ts'
import { formatShape, sizeOf, type Shape } from '../shape.ts'
import { elementGroups, withConsts } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import wgsl from './transpose.wgsl'

export interface TransposeAttrs {
  /** Which axis of x each axis of y is. */
  readonly axes: readonly number[]
}

/** Axes that the shader has. */
const RANK = 4

/** x: rank 4 at most. */
export const transpose = defineOp<TransposeAttrs>({
  name: 'transpose',
  inputs: ['x'],
  output: 'y',
  shape([x], { axes }) {
    if (x!.length > RANK || [...axes].sort().join() !== x!.map((_, i) => i).join()) {
      const rule = `axes must be a permutation of those of x, ${RANK} at most`
      throw new ShapeError('transpose', `${rule}, got axes ${formatShape(axes)} and x ${formatShape(x)}`)
    }
    return axes.map((a) => x![a]!)
  },
  cost: ({ output }) => ({ flops: 0, bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: withConsts({
    wgsl,
    consts({ inputs, output, attrs: { axes } }) {
      const x = inputs[0] as Shape
      const missing = RANK - x.length
      const sizes = [...Array.from({ length: missing }, () => 1), ...output] as [number, number, number, number]
      const steps = axes.map((a) => sizeOf(x.slice(a + 1)))
      const [X0, X1, X2, X3] = [...Array.from({ length: missing }, () => 0), ...steps] as [number, number, number, number]
      return { SIZE: sizeOf(output), D1: sizes[1], D2: sizes[2], D3: sizes[3], X0, X1, X2, X3 }
    },
    workgroups: ({ output }) => elementGroups(sizeOf(output)),
  }),
})
