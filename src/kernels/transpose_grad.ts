/** The gradient of transpose. */
import { defineGradient } from './kernel.ts'
import { transpose } from './transpose.ts'

export const transposeGradient = defineGradient(transpose, ({ g, attrs: { axes }, dy }) => [
  g.add(transpose, [dy], { axes: axes.map((_, axis) => axes.indexOf(axis)) }),
])
