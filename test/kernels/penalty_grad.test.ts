import { expect, test } from 'vitest'
import { penaltyGrad } from '../../src/kernels/penalty/grad.ts'
import { build, EPS, FTZ, type Reference } from '../reference/reference.ts'
import type { Inputs } from '../reference/values.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

function penaltyGradReference([x, dy]: Inputs, { l1, l2 }: { l1: number; l2: number }): Reference {
  const M = x!.shape[1]!
  return build(x!.shape, (i) => {
    const d = dy!.data[Math.floor(i / M)]!
    const parts = [l1 * Math.sign(x!.data[i]!), 2 * l2 * x!.data[i]!] as const
    const slack = 4 * EPS * Math.abs(d) * (Math.abs(parts[0]) + Math.abs(parts[1]))
    return [d * (parts[0] + parts[1]), slack + FTZ]
  })
}

const zeros = { shape: [2, 2], data: new Float32Array([0, -0, 1, -1]) }
testOp(
  penaltyGrad,
  [
    { name: 'both', inputs: [spiked([5, 67], 1), values([5], 2)], attrs: { l1: 0.1, l2: 0.02 } },
    { name: 'at 0', inputs: [zeros, values([2], 3)], attrs: { l1: 0.1, l2: 0 } },
  ],
  penaltyGradReference,
)

test('refuses rows that do not fit', () => {
  const message = '[penaltyGrad] dy must have one value per row of x, got dy [3] and x [2,3]'
  expect(() => penaltyGrad.shape([[2, 3], [3]], { l1: 0, l2: 0 })).toThrow(message)
})
