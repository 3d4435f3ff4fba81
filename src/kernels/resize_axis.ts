/** resizeAxis: an image at another size along one axis, by any filter: its weights are made on the host (`layers/resize_taps.ts`). */
import { ArgumentError, ShapeError } from '../errors.ts'
import { ceilDiv, expectRank, formatShape, sizeOf, type Shape } from '../shape.ts'
import { fixedOnSoftware, threadGroups } from './common.ts'
import { defineOp, f32Bytes, type Sizes } from './kernel.ts'
import wgsl from './resize_axis.wgsl'

export interface AxisAttrs {
  /** 1: the rows become others, 2: the columns. */
  readonly axis: 1 | 2
}

/** Shape of the image that `x` [N,H,W,C], called `name`, becomes where its axis gets `size`. @throws ShapeError, ArgumentError */
export function axisShape(op: string, name: string, x: Shape, taps: Shape, { axis }: AxisAttrs, size: number): Shape {
  expectRank(op, name, x, 4)
  expectRank(op, 'taps', taps, 2)
  if (![1, 2].includes(axis)) throw new ArgumentError(op, `axis must be 1 or 2, got ${String(axis)}`)
  if (taps[1]! < 2) throw new ShapeError(op, `taps must have a first neighbour and its weight in each row, got taps ${formatShape(taps)}`)
  return x.map((d, i) => (i === axis ? size : d))
}

/** Sizes of both shaders. @param to what is written */
export function axisSizes(to: Shape, taps: Shape, { axis }: AxisAttrs): Sizes {
  const inner = sizeOf(to.slice(axis + 1))
  const G = ceilDiv(inner, 4)
  return { inner, G, stride: taps[1]!, threads: (sizeOf(to) / inner) * G }
}

/**
 * x [N,H,W,C], taps [T,1+S] -> y [N,T,W,C] or [N,H,T,C]: y[i] is the sum over s of taps[i,1+s] * x[taps[i,0]+s]. First neighbours are whole numbers
 * which never fall from row to row, and leave S elements of x.
 */
export const resizeAxis = defineOp<AxisAttrs>({
  name: 'resizeAxis',
  inputs: ['x', 'taps'],
  output: 'y',
  shape([x, taps], attrs) {
    const y = axisShape('resizeAxis', 'x', x!, taps!, attrs, taps![0]!)
    if (taps![1]! - 1 > x![attrs.axis]!) {
      const got = `taps ${formatShape(taps)} and x ${formatShape(x)}`
      throw new ShapeError('resizeAxis', `there must be as many neighbours as taps has weights, got ${got}`)
    }
    return y
  },
  cost: ({ inputs, output }) => {
    const terms = sizeOf(output) * (inputs[1]![1]! - 1)
    return { flops: 2 * terms, bytes: f32Bytes(terms, sizeOf(output)) }
  },
  variants: fixedOnSoftware(({ inputs: [x, taps], output, attrs }) => {
    const sizes: Sizes = { L: x![attrs.axis]!, T: output[attrs.axis]!, ...axisSizes(output, taps!, attrs) }
    return { wgsl, sizes, groups: threadGroups(sizes['threads']!) }
  }),
})
