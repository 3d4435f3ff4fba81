/** stridedSlice: every so many elements along each axis, from one on, backwards where a step is negative: x[:, 1:-1, ::2, ::-1]. */
import { ShapeError } from '../errors.ts'
import { formatShape, sizeOf, type Shape } from '../shape.ts'
import { elementGroups, fixedOnSoftware } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import wgsl from './strided_slice.wgsl'

/** Which elements of a tensor's axes, one number of each list for each axis. */
export interface StridedSliceAttrs {
  /** The first. */
  readonly begin: readonly number[]
  /** How far on the next is; backwards where negative. */
  readonly step: readonly number[]
  /** How many. */
  readonly size: readonly number[]
}

/** Axes that the shaders have; neighbours that are taken as they are count as one. */
export const RANK = 4

/** What is taken along an axis, or along neighbours that are taken whole. */
export interface SlicedAxis {
  /** Of the tensor that is sliced. */
  readonly length: number
  readonly begin: number
  readonly step: number
  readonly size: number
}

/**
 * As few axes as say the same, filled up with 1 in front to RANK.
 * @param whole the shape of the tensor that is sliced
 * @throws ShapeError naming `op` unless every element that is taken is there, and RANK axes are enough
 */
export function slicedAxes(op: string, whole: Shape, { begin, step, size }: StridedSliceAttrs): readonly SlicedAxis[] {
  const axes: SlicedAxis[] = []
  const numbers = [begin, step, size]
  const inside = (n: number, length: number) => Number.isInteger(n) && n >= 0 && n < length
  const fits = whole.every((length, i) => {
    const [first, by, count] = [begin[i]!, step[i]!, size[i]!]
    return Number.isInteger(by) && by !== 0 && count >= 1 && inside(first, length) && inside(first + by * (count - 1), length)
  })
  const got = `begin ${formatShape(begin)}, step ${formatShape(step)}, size ${formatShape(size)} and ${formatShape(whole)}`
  if (!fits || numbers.some((n) => n.length !== whole.length)) throw new ShapeError(op, `what is taken must be there, got ${got}`)
  whole.forEach((length, i) => {
    const axis = { length, begin: begin[i]!, step: step[i]!, size: size[i]! }
    const last = axes.at(-1)
    const all = (a: SlicedAxis) => a.size === a.length && a.step === 1
    if (last && all(last) && all(axis)) axes.push({ ...axes.pop()!, length: last.length * length, size: last.size * length })
    else axes.push(axis)
  })
  if (axes.length > RANK) throw new ShapeError(op, `at most ${RANK} axes may be left when neighbours taken whole are one, got ${got}`)
  return [...Array.from({ length: RANK - axes.length }, () => ({ length: 1, begin: 0, step: 1, size: 1 })), ...axes]
}

/** x of any shape that `slicedAxes` takes. */
export const stridedSlice = defineOp<StridedSliceAttrs>({
  name: 'stridedSlice',
  inputs: ['x'],
  output: 'y',
  shape([x], attrs) {
    slicedAxes('stridedSlice', x!, attrs)
    return attrs.size
  },
  cost: ({ output }) => ({ flops: 0, bytes: f32Bytes(2 * sizeOf(output)) }),
  variants: fixedOnSoftware(({ inputs, output, attrs }) => {
    const axes = slicedAxes('stridedSlice', inputs[0]!, attrs)
    const rows = axes.map((_, i) => sizeOf(axes.slice(i + 1).map((a) => a.length)))
    const sizes = {
      begin: axes.reduce((sum, { begin }, i) => sum + begin * rows[i]!, 0),
      ...Object.fromEntries(axes.map(({ step }, i) => [`X${i}`, step * rows[i]!])),
      ...Object.fromEntries(axes.slice(1).map(({ size }, i) => [`D${i + 1}`, size])),
    }
    return { wgsl, sizes, groups: elementGroups(sizeOf(output)) }
  }),
})
