/** The gradient of erase. */
import { erase } from './erase.ts'
import { defineGradient } from './kernel.ts'

export const eraseGradient = defineGradient(erase, ({ g, node, attrs, dy }) => {
  const [, numbers, seed] = node.inputs
  return [g.add(erase, [dy, numbers, seed], { ...attrs, fill: 0, range: [0, 0] }), undefined, undefined]
})
