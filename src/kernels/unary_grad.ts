/** The gradient of unary. */
import { combine, type CombineAttrs } from './combine.ts'
import { defineGradient, type Ref } from './kernel.ts'
import { rescale } from './rescale.ts'
import { unary } from './unary.ts'

/** A step function has none; |x| has 0 at 0, as in Keras. */
export const unaryGradient = defineGradient(unary, ({ g, node, attrs: { kind }, dy }) => {
  const x = node.inputs[0]!
  const of = (kind: CombineAttrs['kind'], a: Ref, b: Ref) => g.add(combine, [a, b], { kind, activation: 'linear' })
  const times = (scale: number, a: Ref) => g.add(rescale, [a], { scale, offset: 0 })
  if (kind === 'abs') return [of('multiply', dy, g.add(unary, [x], { kind: 'sign' }))]
  if (kind === 'sqrt') return [of('divide', times(0.5, dy), node)]
  if (kind === 'rsqrt') return [of('multiply', dy, of('divide', times(-0.5, node), x))]
  if (kind === 'log') return [of('divide', dy, x)]
  return [undefined]
})
