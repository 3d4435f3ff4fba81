/** constrain: keeps a weight, or the lengths of its vectors along some axes, within bounds (keras/src/constraints/constraints.py). */
import { ShapeError } from '../errors.ts'
import { formatShape, sizeOf, type Shape } from '../shape.ts'
import { threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './constrain.wgsl'

/** Bounds of lengths; or values from 0. */
export type Bounds = 'positive' | { readonly low: number; readonly high: number; readonly rate: number }

export interface ConstrainAttrs {
  /** The weight as [A,R,B]: R is the axes along which lengths are taken, together. */
  readonly axes: Shape
  readonly bounds: Bounds
}

/** Updates w of as many values as the axes have. */
export const constrain = defineOp<ConstrainAttrs>({
  name: 'constrain',
  inputs: [],
  updates: ['w'],
  output: null,
  shape(_, { axes }) {
    if (axes.length === 3 && axes.every((n) => Number.isInteger(n) && n > 0)) return axes
    throw new ShapeError('constrain', `axes must be three positive whole numbers, got ${formatShape(axes)}`)
  },
  cost: ({ output }) => ({ flops: 4 * sizeOf(output), bytes: f32Bytes(3 * sizeOf(output)) }),
  variants: everywhere(({ attrs: { axes, bounds } }) => {
    const [A, R, B] = axes as readonly [number, number, number]
    const { low, high, rate } = bounds === 'positive' ? { low: 0, high: 0, rate: 0 } : bounds
    return { wgsl, sizes: { A, R, B, low, high, rate, positive: Number(bounds === 'positive') }, groups: threadGroups(A * B) }
  }),
})
