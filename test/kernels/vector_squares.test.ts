import { expect, test } from 'vitest'
import { vectorSquares } from '../../src/kernels/vector_squares.ts'
import { build, sumBound, type Reference } from '../reference/reference.ts'
import type { Inputs } from '../reference/values.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked } from '../support/values.ts'

function vectorSquaresReference([w]: Inputs, { axes }: { readonly axes: readonly number[] }): Reference {
  const [A, R, B] = axes as [number, number, number]
  return build([A * B], (i) => {
    const first = Math.floor(i / B) * R * B + (i % B)
    let sum = 0
    for (let r = 0; r < R; r++) sum += w!.data[first + r * B]! ** 2
    return [sum, sumBound(R + 1, sum)]
  })
}

testOp(
  vectorSquares,
  [
    { name: 'along the first axis', inputs: [spiked([9, 70], 1)], attrs: { axes: [1, 9, 70] } },
    { name: 'along the last axis', inputs: [spiked([67, 5], 2)], attrs: { axes: [67, 5, 1] } },
    { name: 'along axes within', inputs: [spiked([3, 2, 2, 5], 3)], attrs: { axes: [3, 4, 5] } },
    { name: 'of all', inputs: [spiked([33, 3], 4)], attrs: { axes: [1, 99, 1] } },
  ],
  vectorSquaresReference,
)

test('refuses axes of another size', () => {
  expect(() => vectorSquares.shape([[3, 4]], { axes: [1, 3, 5] })).toThrow(
    '[vectorSquares] axes must have as many values as w, got [1,3,5] and w [3,4]',
  )
})
