/** The gradient of argMax: where a value changes by a little, its place does not. */
import { argMax } from './arg_max.ts'
import { combine } from './combine.ts'
import { defineGradient } from './kernel.ts'
import { rescale } from './rescale.ts'

export const argMaxGradient = defineGradient(argMax, ({ g, node, dy }) => {
  const none = g.view(g.add(rescale, [dy], { scale: 0, offset: 0 }), [dy.shape[0]!, 1])
  return [g.add(combine, [none, node.inputs[0]], { kind: 'keep', activation: 'linear' })]
})
