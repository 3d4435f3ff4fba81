import { expect, test } from 'vitest'
import { takeAlongGrad } from '../../src/kernels/take_along_grad.ts'
import { build, sumBound, type Reference } from '../reference/reference.ts'
import type { Inputs } from '../reference/values.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked } from '../support/values.ts'

function reference([index, dy]: Inputs, { columns }: { columns: number }): Reference {
  const [N, K] = index!.shape as [number, number]
  return build([N, columns], (i) => {
    const [n, c] = [Math.floor(i / columns), i % columns]
    const terms = Array.from({ length: K }, (_, k) => (index!.data[n * K + k] === c ? dy!.data[n * K + k]! : 0))
    return [terms.reduce((a, b) => a + b, 0), sumBound(K, terms.reduce((a, b) => a + Math.abs(b), 0))] // prettier-ignore
  })
}

const index = (N: number, K: number, C: number) => ({
  shape: [N, K],
  data: Float32Array.from({ length: N * K }, (_, i) => (i * 7 + Math.floor(i / K)) % C),
})

testOp(
  takeAlongGrad,
  [
    { name: 'one value', inputs: [index(3, 1, 1), spiked([3, 1], 1)], attrs: { columns: 1 } },
    { name: 'more than one workgroup', inputs: [index(41, 5, 11), spiked([41, 5], 2)], attrs: { columns: 11 } },
    { name: 'some several times', inputs: [index(2, 8, 3), spiked([2, 8], 3)], attrs: { columns: 3 } },
  ],
  reference,
)

test('refuses a gradient without columns', () => {
  expect(() =>
    takeAlongGrad.shape(
      [
        [2, 3],
        [2, 3],
      ],
      { columns: 0 },
    ),
  ).toThrow(
    // prettier-ignore
    '[takeAlongGrad] columns must be a positive whole number, got 0 and dy [2,3]',
  )
})
