import { expect, test } from 'vitest'
import { penalty, type PenaltyAttrs } from '../../src/kernels/penalty/penalty.ts'
import { build, sumBound, ulpBound, type Reference } from '../reference/reference.ts'
import type { Inputs } from '../reference/values.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

function penaltyReference([x]: Inputs, { l1, l2 }: PenaltyAttrs): Reference {
  const [N, M] = x!.shape as readonly [number, number]
  return build([N], (n) => {
    let sum = 0
    for (let m = 0; m < M; m++) sum += l1 * Math.abs(x!.data[n * M + m]!) + l2 * x!.data[n * M + m]! ** 2
    return [sum, sumBound(M + 4, sum) + ulpBound(1, sum)] // of positive terms, each of four roundings
  })
}

testOp(
  penalty,
  [
    { name: 'one value', inputs: [values([67, 1], 1)], attrs: { l1: 0.1, l2: 0 } },
    { name: 'both', inputs: [spiked([3, 301], 2)], attrs: { l1: 0.1, l2: 0.02 } },
    { name: 'squares', inputs: [spiked([1, 33], 3)], attrs: { l1: 0, l2: 0.5 } },
  ],
  penaltyReference,
)

testGradient(penalty, [{ name: 'both', inputs: [values([3, 5], 4)], attrs: { l1: 0.1, l2: 0.2 } }], penaltyReference)

test('refuses factors that are not finite', () => {
  expect(() => penalty.shape([[2, 3]], { l1: NaN, l2: 0 })).toThrow('[penalty] l1 and l2 must be finite, got NaN and 0')
})
