/** The gradient of dense. */
import { ArgumentError } from '../../errors.ts'
import { columnSum } from '../column_sum.ts'
import { combine } from '../combine.ts'
import { throughActivation } from '../epilogue_grad.ts'
import { defineGradient } from '../kernel.ts'
import { dense } from './dense.ts'
import { denseGradW } from './grad_w.ts'
import { denseGradX } from './grad_x.ts'

export const denseGradient = defineGradient(dense, (c) => {
  const { g, node, attrs, needs } = c
  if (attrs.xBegin !== undefined) {
    throw new ArgumentError('dense', `a kernel that is split over bindings has no gradient, got xBegin ${attrs.xBegin}`)
  }
  const [x, w, , , s] = node.inputs
  if (needs[4]) throw new ArgumentError('dense', 'a scale must be frozen, got one that needs a gradient')
  const dz = throughActivation(c)
  const dsum = s ? g.add(combine, [dz, s], { kind: 'multiply', activation: 'linear' }) : dz
  return [
    needs[0] ? g.add(denseGradX, [dsum, w], {}) : undefined,
    needs[1] ? g.add(denseGradW, [x, dsum], {}) : undefined,
    needs[2] ? g.add(columnSum, [dz], {}) : undefined,
    needs[3] ? dz : undefined,
    undefined,
  ]
})
