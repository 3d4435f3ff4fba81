/** The gradient of conv2d. */
import { ShapeError } from '../../errors.ts'
import { columnSum } from '../column_sum.ts'
import { combine } from '../combine.ts'
import { throughActivation } from '../epilogue_grad.ts'
import { defineGradient } from '../kernel.ts'
import { conv2d } from './conv2d.ts'
import { convWindow } from './geometry.ts'
import { conv2dGradW } from './grad_w.ts'
import { conv2dGradX } from './grad_x.ts'

export const conv2dGradient = defineGradient(conv2d, (c) => {
  const { g, node, attrs, needs } = c
  const [x, w, , , s] = node.inputs
  if (needs[4]) throw new ShapeError('conv2d', 'a scale must be frozen, got one that needs a gradient')
  const dz = throughActivation(c)
  const dsum = s ? g.add(combine, [dz, s], { kind: 'multiply', activation: 'linear' }) : dz
  const { strides, dilations, groups } = attrs
  const window = { strides, groups, ...(dilations && { dilations }) }
  const [, H, W] = x!.shape as [number, number, number]
  const { pads } = convWindow('conv2d', x!.shape, w!.shape as unknown as [number, number], attrs)
  const [R, S] = w!.shape as [number, number]
  return [
    needs[0] ? g.add(conv2dGradX, [dsum, w], { ...window, size: [H, W], cut: [pads[0], pads[1]], activation: 'linear' }) : undefined,
    needs[1] ? g.add(conv2dGradW, [x, dsum], { ...window, padding: pads, filter: [R, S] }) : undefined,
    needs[2] ? g.add(columnSum, [dz], {}) : undefined,
    needs[3] ? dz : undefined,
    undefined,
  ]
})
