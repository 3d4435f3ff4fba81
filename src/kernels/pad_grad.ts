/** The gradient of pad. */
import { defineGradient } from './kernel.ts'
import { pad } from './pad.ts'

export const padGradient = defineGradient(pad, ({ g, attrs: { padding }, dy }) => {
  const [top, left, bottom, right] = padding
  return [g.add(pad, [dy], { padding: [-top, -left, -bottom, -right] })]
})
