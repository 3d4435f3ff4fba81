/** The gradient of rowScale. */
import { columnSum } from '../../../src/kernels/column_sum.ts'
import { combine } from '../../../src/kernels/combine.ts'
import { defineGradient } from '../../../src/kernels/kernel.ts'
import { sizeOf } from '../../../src/shape.ts'
import { rowScale } from './row_scale.ts'

export const rowScaleGradient = defineGradient(rowScale, ({ g, node, dy, needs }) => {
  const [x, s] = node.inputs
  const ds = () => {
    const products = g.add(combine, [dy, x], { kind: 'multiply', activation: 'linear' })
    const rows = g.add(columnSum, [g.view(products, [sizeOf(dy.shape), 1])], { rows: dy.shape[1]! })
    return g.view(rows, s!.shape)
  }
  return [needs[0] ? g.add(rowScale, [dy, s], {}) : undefined, needs[1] ? ds() : undefined]
})
