/** The gradient of rescale. */
import { defineGradient } from './kernel.ts'
import { list, rescale } from './rescale.ts'

export const rescaleGradient = defineGradient(rescale, ({ g, attrs: { scale, reverse = false }, dy }) => {
  return [g.add(rescale, [dy], { scale: reverse ? [...list(scale)].reverse() : scale, offset: 0, reverse })]
})
