/** The gradient of cumulativeSum: each value is in its own sum and in all behind it, from the other end. */
import { cumulativeSum } from './cumulative_sum.ts'
import { defineGradient } from './kernel.ts'

export const cumulativeSumGradient = defineGradient(cumulativeSum, ({ g, attrs, dy }) => [
  g.add(cumulativeSum, [dy], { reverse: !attrs.reverse }),
])
