/** The gradient of prelu. */
import { sizeOf } from '../shape.ts'
import type { ActivationFunction } from './activation/functions.ts'
import { activationGrad } from './activation/grad.ts'
import { columnSum } from './column_sum.ts'
import { combine } from './combine.ts'
import { defineGradient, type Ref } from './kernel.ts'
import { prelu } from './prelu.ts'

export const preluGradient = defineGradient(prelu, ({ g, node, dy, needs }) => {
  const [x, alpha] = node.inputs as readonly [Ref, Ref]
  const of = (kind: 'add' | 'multiply', a: Ref, b: Ref) => g.add(combine, [a, b], { kind, activation: 'linear' })
  const through = (activation: ActivationFunction) => g.add(activationGrad, [x, dy], { activation })
  // dy where x is below 0, the slope of min(x, 0)
  const negative = through({ kind: 'relu', negativeSlope: 1, threshold: 0, maxValue: 0 })
  const slopes = g.view(alpha, [...x.shape.slice(alpha.shape.length).map(() => 1), ...alpha.shape])
  const dalpha = () => {
    const products = g.view(of('multiply', x, negative), [sizeOf(x.shape) / sizeOf(alpha.shape), sizeOf(alpha.shape)])
    return g.view(g.add(columnSum, [products], {}), alpha.shape)
  }
  return [needs[0] ? of('add', through('relu'), of('multiply', negative, slopes)) : undefined, needs[1] ? dalpha() : undefined]
})
