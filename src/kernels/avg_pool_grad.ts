/** The gradient of avgPool. */
import { avgPool } from './avg_pool.ts'
import { defineGradient } from './kernel.ts'
import { poolGrad } from './pool_grad.ts'

export const avgPoolGradient = defineGradient(avgPool, ({ g, node, attrs, dy }) => {
  const [, height, width] = node.inputs[0]!.shape as readonly [number, number, number]
  return [g.add(poolGrad, [dy], { ...attrs, height, width })]
})
