/** The gradient of maxPoolAt. */
import { defineGradient } from './kernel.ts'
import { maxPoolAt } from './max_pool_at.ts'
import { poolGrad } from './pool_grad.ts'

export const maxPoolAtGradient = defineGradient(maxPoolAt, ({ g, node, attrs, dy }) => {
  const [x, argmax] = node.inputs
  const [, height, width] = x!.shape as readonly [number, number, number]
  return [g.add(poolGrad, [dy, argmax], { ...attrs, height, width }), undefined]
})
