/** place: zeros, or another number, and among them a tensor: what stridedSlice takes, put back where it was. Padding on any side. */
import { sizeOf, type Shape } from '../shape.ts'
import { elementGroups, fixedOnSoftware } from './common.ts'
import { defineOp, f32Bytes } from './kernel.ts'
import { slicedAxes, type StridedSliceAttrs } from './strided_slice.ts'
import wgsl from './place.wgsl'

export interface PlaceAttrs extends Pick<StridedSliceAttrs, 'begin' | 'step'> {
  /** Of y. */
  readonly shape: Shape
  /** What is around. Default 0. */
  readonly value?: number
}

/** x, of which all must lie in y -> y [...shape]. */
export const place = defineOp<PlaceAttrs>({
  name: 'place',
  inputs: ['x'],
  output: 'y',
  shape([x], { shape, ...at }) {
    slicedAxes('place', shape, { ...at, size: x! })
    return shape
  },
  cost: ({ inputs, output }) => ({ flops: 0, bytes: f32Bytes(sizeOf(inputs[0]!), sizeOf(output)) }),
  variants: fixedOnSoftware(({ inputs, output, attrs }) => {
    const axes = slicedAxes('place', output, { ...attrs, size: inputs[0]! })
    const sizes = {
      ...Object.fromEntries(axes.slice(1).map(({ length }, i) => [`D${i + 1}`, length])),
      ...Object.fromEntries(axes.map(({ begin }, i) => [`begin${i}`, begin])),
      ...Object.fromEntries(axes.map(({ step }, i) => [`step${i}`, step])),
      ...Object.fromEntries(axes.map(({ size }, i) => [`C${i}`, size])),
      value: attrs.value ?? 0,
    }
    return { wgsl, sizes, groups: elementGroups(sizeOf(output)) }
  }),
})
