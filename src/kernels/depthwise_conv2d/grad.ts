/** The gradient of depthwiseConv2d. */
import { ShapeError } from '../../errors.ts'
import { columnSum } from '../column_sum.ts'
import { combine } from '../combine.ts'
import { throughActivation } from '../epilogue_grad.ts'
import { defineGradient } from '../kernel.ts'
import { depthwiseConv2d } from './depthwise_conv2d.ts'
import { depthwiseWindow } from './geometry.ts'
import { depthwiseConv2dGradW } from './grad_w.ts'
import { depthwiseConv2dGradX } from './grad_x.ts'

export const depthwiseConv2dGradient = defineGradient(depthwiseConv2d, (c) => {
  const { g, node, attrs, needs } = c
  const [x, w, , , s] = node.inputs
  if (needs[4]) throw new ShapeError('depthwiseConv2d', 'a scale must be frozen, got one that needs a gradient')
  const dz = throughActivation(c)
  const dsum = s ? g.add(combine, [dz, s], { kind: 'multiply', activation: 'linear' }) : dz
  const { strides, dilations } = attrs
  const padding = depthwiseWindow('depthwiseConv2d', x!.shape, w!.shape, attrs).pads
  const window = { strides, padding, ...(dilations && { dilations }) }
  const [, H, W, C] = x!.shape as [number, number, number, number]
  const [R, S] = w!.shape as [number, number]
  return [
    needs[0] ? g.add(depthwiseConv2dGradX, [dsum, w], { ...window, image: [H, W, C] }) : undefined,
    needs[1] ? g.add(depthwiseConv2dGradW, [x, dsum], { ...window, filter: [R, S] }) : undefined,
    needs[2] ? g.add(columnSum, [dz], {}) : undefined,
    needs[3] ? dz : undefined,
    undefined,
  ]
})
