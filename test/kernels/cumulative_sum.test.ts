import { expect, test } from 'vitest'
import { cumulativeSum, type CumulativeSumAttrs } from '../../src/kernels/cumulative_sum.ts'
import { build, sumBound, type Reference } from '../reference/reference.ts'
import type { Inputs } from '../reference/values.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

function cumulativeSumReference([x]: Inputs, { reverse }: CumulativeSumAttrs): Reference {
  const K = x!.shape[1]!
  return build(x!.shape, (i) => {
    const begin = i - (i % K)
    const terms = Array.from(x!.data).slice(...(reverse ? [i, begin + K] : [begin, i + 1]))
    const sum = (of: readonly number[]) => of.reduce((a, b) => a + b, 0)
    return [sum(terms), sumBound(terms.length, sum(terms.map(Math.abs)))]
  })
}

testOp(
  cumulativeSum,
  [
    { name: 'one value', inputs: [spiked([3, 1], 1)], attrs: { reverse: false } },
    { name: 'more than one workgroup', inputs: [spiked([130, 7], 2)], attrs: { reverse: false } },
    { name: 'long rows', inputs: [values([2, 1000], 3)], attrs: { reverse: false } },
    { name: 'from the last on', inputs: [values([70, 9], 4)], attrs: { reverse: true } },
  ],
  cumulativeSumReference,
)

testGradient(
  cumulativeSum,
  [
    { name: 'forwards', inputs: [values([3, 5], 5)], attrs: { reverse: false } },
    { name: 'backwards', inputs: [values([2, 4], 6)], attrs: { reverse: true } },
  ],
  cumulativeSumReference,
)

test('refuses what has no rows', () => {
  expect(() => cumulativeSum.shape([[2, 3, 4]], { reverse: false })).toThrow('[cumulativeSum] x must have rank 2, got x [2,3,4]')
})
