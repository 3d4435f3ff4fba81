import { expect, test } from 'vitest'
import { oneHot } from '../../src/kernels/one_hot.ts'
import { build, type Reference } from '../reference/reference.ts'
import type { Inputs } from '../reference/values.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'

function oneHotReference([x]: Inputs, { classes }: { classes: number }): Reference {
  return build([x!.data.length, classes], (i) => [x!.data[Math.floor(i / classes)] === i % classes ? 1 : 0, 0])
}

const labels = (shape: number[], ...data: number[]) => ({ shape, data: new Float32Array(data) })

testOp(
  oneHot,
  [
    { name: 'one class', inputs: [labels([3], 0, 0, 1)], attrs: { classes: 1 } },
    { name: 'more than one workgroup', inputs: [labels([2, 3], 0, 36, 5, 7, 1, 35)], attrs: { classes: 37 } },
    { name: 'what is no class', inputs: [labels([4, 1], -1, 3, 0.5, NaN)], attrs: { classes: 3 } },
  ],
  oneHotReference,
)

testGradient(
  oneHot,
  [{ name: 'between two classes', inputs: [labels([2, 2], 0.5, 1.25, -3.5, 7.75)], attrs: { classes: 5 } }],
  oneHotReference,
)

test('refuses what is no number of classes', () => {
  expect(() => oneHot.shape([[3]], { classes: 0 })).toThrow('[oneHot] classes must be a positive whole number, got 0 and x [3]')
})
