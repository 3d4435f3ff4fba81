/** The gradient of stridedSlice. */
import { defineGradient } from './kernel.ts'
import { place } from './place.ts'
import { stridedSlice } from './strided_slice.ts'

export const stridedSliceGradient = defineGradient(stridedSlice, ({ g, node, attrs: { begin, step }, dy }) => [
  g.add(place, [dy], { begin, step, shape: node.inputs[0]!.shape }),
])
