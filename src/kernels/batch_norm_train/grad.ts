/** The gradient of batchNormTrain. */
import { halfOf } from '../half_of.ts'
import { defineGradient } from '../kernel.ts'
import { batchNormTrain } from './batch_norm_train.ts'
import { batchNormTrainGradW } from './grad_w.ts'
import { batchNormTrainGradX } from './grad_x.ts'

/**
 * The moments are those of x, so that they change with it: dx is the gradient by x in both ways, and by `moments` there is none, or one way
 * would count twice.
 */
export const batchNormTrainGradient = defineGradient(batchNormTrain, ({ g, node, attrs, dy, needs }) => {
  const [x, gamma, , moments] = node.inputs
  const sums = needs[0] || needs[1] || needs[2] ? g.add(batchNormTrainGradW, [x, dy, moments], attrs) : undefined
  return [
    needs[0] && sums ? g.add(batchNormTrainGradX, [x, gamma, moments, dy, sums], attrs) : undefined,
    needs[1] && sums ? halfOf(g, sums, 0) : undefined,
    needs[2] && sums ? halfOf(g, sums, 1) : undefined,
    undefined,
  ]
})
