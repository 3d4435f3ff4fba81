/** The gradient of conv2dTranspose. */
import { ShapeError } from '../../errors.ts'
import { columnSum } from '../column_sum.ts'
import { combine } from '../combine.ts'
import { throughActivation } from '../epilogue_grad.ts'
import { defineGradient } from '../kernel.ts'
import { conv2d } from './conv2d.ts'
import { conv2dGradW } from './grad_w.ts'
import { conv2dTranspose } from './transpose.ts'

/** What a convolution of dy would be whose gradient by its input this op is, and that convolution's gradient by its filters. */
export const conv2dTransposeGradient = defineGradient(conv2dTranspose, (c) => {
  const { g, node, attrs, needs } = c
  const [x, w, , , s] = node.inputs
  if (needs[4]) throw new ShapeError('conv2dTranspose', 'a scale must be frozen, got one that needs a gradient')
  const dz = throughActivation(c)
  const dsum = s ? g.add(combine, [dz, s], { kind: 'multiply', activation: 'linear' }) : dz
  const { strides, dilations, groups, size, cut } = attrs
  const filter = w!.shape.slice(0, 2) as [number, number]
  const after = filter.map((taps, i) => {
    const reach = (x!.shape[1 + i]! - 1) * strides[i]! + (taps - 1) * (dilations?.[i] ?? 1) + 1
    return reach - size[i]! - cut[i]!
  }) as [number, number]
  const window = { strides, groups, padding: [...cut, ...after] as const, ...(dilations && { dilations }) }
  return [
    needs[0] ? g.add(conv2d, [dsum, w], { ...window, activation: 'linear' }) : undefined,
    needs[1] ? g.add(conv2dGradW, [dsum, x], { ...window, filter }) : undefined,
    needs[2] ? g.add(columnSum, [dz], {}) : undefined,
    needs[3] ? dz : undefined,
    undefined,
  ]
})
