/** The gradient of combine. */
import { sizeOf, type Shape } from '../shape.ts'
import { columnSum } from './column_sum.ts'
import { combine, type CombineAttrs } from './combine.ts'
import { throughActivation } from './epilogue_grad.ts'
import { defineGradient, type Builder, type Ref } from './kernel.ts'
import { rescale } from './rescale.ts'
import { unary } from './unary.ts'

/** The sum of a gradient over the axes along which an input of this shape was repeated. */
function sumTo(g: Builder, dy: Ref, shape: Shape): Ref {
  const y = dy.shape
  const repeated = y.map((_, i) => (shape[i - y.length + shape.length] ?? 1) === 1)
  let sum = dy
  // Runs of repeated axes from the last on: what is behind a run has been summed by then.
  for (let end = y.length; end > 0; end--) {
    let begin = end
    while (begin > 0 && repeated[begin - 1]) begin--
    const rows = sizeOf(y.slice(begin, end))
    if (rows === 1) continue
    const before = sizeOf(y.slice(0, begin))
    const flat = g.view(sum, [before * rows, sizeOf(sum.shape) / (before * rows)])
    sum = g.add(columnSum, [flat], before === 1 ? {} : { rows })
    end = begin + 1
  }
  return g.view(sum, shape)
}

/** What a number is at least taken for whose logarithm is asked for. */
const LEAST = 1e-30

export const combineGradient = defineGradient(combine, (c) => {
  const { g, node, attrs, needs } = c
  const [a, b] = node.inputs as readonly [Ref, Ref]
  const dz = throughActivation(c)
  const of = (kind: CombineAttrs['kind'], x: Ref, y: Ref) => g.add(combine, [x, y], { kind, activation: 'linear' })
  const times = (x: Ref, y: Ref) => of('multiply', x, y)
  const where = (kind: 'greaterEqual' | 'less', x: Ref, y: Ref) => times(dz, of(kind, x, y))
  const logarithm = (x: Ref) => g.add(unary, [x], { kind: 'log' })
  const scaled = (x: Ref, scale: number, offset = 0) => g.add(rescale, [x], { scale, offset })
  // Of what jumps.
  const none = () => undefined
  const rules: Record<CombineAttrs['kind'], readonly [da: () => Ref | undefined, db: () => Ref | undefined]> = {
    add: [() => dz, () => dz],
    subtract: [() => dz, () => scaled(dz, -1)],
    multiply: [() => times(dz, b), () => times(dz, a)],
    // Where both are equal the gradient is a's, as in TensorFlow.
    maximum: [() => where('greaterEqual', a, b), () => where('less', a, b)],
    minimum: [() => where('greaterEqual', b, a), () => where('less', b, a)],
    divide: [() => of('divide', dz, b), () => times(of('divide', dz, b), scaled(of('divide', a, b), -1))],
    power: [
      () => times(dz, times(b, of('power', a, scaled(b, 1, -1)))),
      // Where there is no logarithm, the slope is 0, as in TensorFlow.
      () => times(times(dz, of('less', scaled(a, 0), a)), times(of('power', a, b), logarithm(of('maximum', a, scaled(a, 0, LEAST))))),
    ],
    greaterEqual: [none, none],
    less: [none, none],
    equal: [none, none],
    keep: [() => of('keep', dz, b), none],
  }
  return [a, b].map((x, i) => {
    const dx = needs[i] ? rules[attrs.kind][i]!() : undefined
    return dx && sumTo(g, dx, x.shape)
  })
})
