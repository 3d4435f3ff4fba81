/** The gradient of place. */
import { defineGradient } from './kernel.ts'
import { place } from './place.ts'
import { stridedSlice } from './strided_slice.ts'

export const placeGradient = defineGradient(place, ({ g, node, attrs: { begin, step }, dy }) => [
  g.add(stridedSlice, [dy], { begin, step, size: node.inputs[0]!.shape }),
])
