/** The gradient of batchNorm. */
import { ArgumentError } from '../errors.ts'
import { batchNorm } from './batch_norm.ts'
import { columnSum } from './column_sum.ts'
import { combine } from './combine.ts'
import { foldBatchNormScale } from './fold_batch_norm_scale.ts'
import { defineGradient, type Ref } from './kernel.ts'

/** mean and variance are constants here: x - mean and 1 / sqrt(variance + epsilon) are what a batch is normalised with. */
export const batchNormGradient = defineGradient(batchNorm, ({ g, node, attrs, dy, needs }) => {
  const [x, gamma, , mean, variance] = node.inputs
  if (needs[3] || needs[4]) {
    throw new ArgumentError('batchNorm', `moving statistics have no gradient, got mean ${needs[3]} and variance ${needs[4]} needed`)
  }
  const times = (a: Ref, b: Ref) => g.add(combine, [a, b], { kind: 'multiply', activation: 'linear' })
  const normalised = () => g.add(batchNorm, [x, undefined, undefined, mean, variance], attrs)
  return [
    needs[0] ? times(dy, g.add(foldBatchNormScale, [variance, gamma], attrs)) : undefined,
    needs[1] ? g.add(columnSum, [times(dy, normalised())], {}) : undefined,
    needs[2] ? g.add(columnSum, [dy], {}) : undefined,
    undefined,
    undefined,
  ]
})
