/**
 * prelu: y = x where x is positive, else alpha * x, with a learned alpha (He et al. 2015). At 0 it has no slope, as in Keras, where it is made of
 * two relus.
 */
import { ShapeError } from '../errors.ts'
import { formatShape, sizeOf } from '../shape.ts'
import type { ActivationFunction } from './activation/functions.ts'
import { activationGrad } from './activation/grad.ts'
import { columnSum } from './column_sum.ts'
import { combine } from './combine.ts'
import { elementGroups } from './common.ts'
import { defineOp, everywhere, f32Bytes, type Ref } from './kernel.ts'
import wgsl from './prelu.wgsl'

/** x [N,...]; alpha: the trailing axes of x, one value for each of their elements. */
export const prelu = defineOp<object>({
  name: 'prelu',
  inputs: ['x', 'alpha'],
  output: 'y',
  shape([x, alpha]) {
    const tail = x!.slice(x!.length - alpha!.length)
    if (alpha!.length >= x!.length || formatShape(tail) !== formatShape(alpha)) {
      throw new ShapeError('prelu', `alpha must have the trailing axes of x, got alpha ${formatShape(alpha)} and x ${formatShape(x)}`)
    }
    return x!
  },
  cost: ({ inputs, output }) => ({ flops: 2 * sizeOf(output), bytes: f32Bytes(2 * sizeOf(output), sizeOf(inputs[1]!)) }),
  variants: everywhere(({ inputs, output }) => ({ wgsl, sizes: { step: 64 % sizeOf(inputs[1]!) }, groups: elementGroups(sizeOf(output)) })),
  grad({ g, node, dy, needs }) {
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
  },
})
