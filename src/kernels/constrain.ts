/** constrain: keeps a weight, or the lengths of its vectors along some axes, within bounds (keras/src/constraints/constraints.py). */
import { ShapeError } from '../errors.ts'
import { formatShape, sizeOf, type Shape } from '../shape.ts'
import { threadGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes } from './kernel.ts'
import wgsl from './constrain.wgsl'

/** Bounds of lengths; or values from 0. */
export type Bounds = 'positive' | { readonly low: number; readonly high: number; readonly rate: number }

export interface ConstrainAxes {
  /** The weight as [A,R,B]: R is the axes along which lengths are taken, together. */
  readonly axes: Shape
}

export interface ConstrainAttrs extends ConstrainAxes {
  readonly bounds: Bounds
}

/** @throws ShapeError for what is not [A,R,B] */
export function expectAxes(op: string, axes: Shape): void {
  if (axes.length === 3 && axes.every((n) => Number.isInteger(n) && n > 0)) return
  throw new ShapeError(op, `axes must be three positive whole numbers, got ${formatShape(axes)}`)
}

/** squares [A*B] of the lengths (`vectorSquares`), where those have bounds. Updates w of as many values as the axes have. */
export const constrain = defineOp<ConstrainAttrs>({
  name: 'constrain',
  inputs: ['squares?'],
  updates: ['w'],
  output: null,
  shape([squares], { axes, bounds }) {
    expectAxes('constrain', axes)
    const vectors = axes[0]! * axes[2]!
    const known = squares && sizeOf(squares)
    const wanted = bounds === 'positive' ? undefined : vectors
    if (known !== wanted) throw new ShapeError('constrain', `squares must be ${wanted ?? 'none'}, got ${known ?? 'none'}`)
    return axes
  },
  cost: ({ output }) => ({ flops: 4 * sizeOf(output), bytes: f32Bytes(2 * sizeOf(output), output[0]! * output[2]!) }),
  variants: everywhere(({ output, attrs: { axes, bounds } }) => {
    const [, R, B] = axes as readonly [number, number, number]
    const { low, high, rate } = bounds === 'positive' ? { low: 0, high: 0, rate: 0 } : bounds
    return { wgsl, sizes: { R, B, low, high, rate, positive: Number(bounds === 'positive') }, groups: threadGroups(sizeOf(output)) }
  }),
})
