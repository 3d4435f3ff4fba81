/** The gradient of dropout. */
import { dropout } from './dropout.ts'
import { defineGradient } from './kernel.ts'

export const dropoutGradient = defineGradient(dropout, ({ g, node, attrs, dy }) => {
  const { affine } = attrs
  const linear = affine ? { ...attrs, affine: { scale: affine.scale, shift: 0, dropped: 0 } } : attrs
  return [g.add(dropout, [dy, node.inputs[1]], linear), undefined]
})
