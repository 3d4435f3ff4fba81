import { expect, test } from 'vitest'
import { stridedSlice, type StridedSliceAttrs } from '../../src/kernels/strided_slice.ts'
import { stridedSliceReference } from '../reference/shaping.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

/** By the shape that is sliced. */
const slices: readonly (readonly [name: string, shape: readonly number[], attrs: StridedSliceAttrs])[] = [
  ['channels turned round', [2, 5, 3, 3], { begin: [0, 0, 0, 2], step: [1, 1, 1, -1], size: [2, 5, 3, 3] }],
  ['one row and column off each side', [2, 5, 4, 3], { begin: [0, 1, 1, 0], step: [1, 1, 1, 1], size: [2, 3, 2, 3] }],
  ['steps on all axes', [3, 7, 5, 6], { begin: [0, 6, 1, 5], step: [2, -3, 2, -2], size: [2, 3, 2, 3] }],
  ['one element', [4, 3], { begin: [2, 1], step: [1, 1], size: [1, 1] }],
  ['everything', [3, 2, 2], { begin: [0, 0, 0], step: [1, 1, 1], size: [3, 2, 2] }],
  ['six axes, neighbours as one', [2, 3, 2, 2, 2, 3], { begin: [0, 0, 0, 0, 1, 2], step: [1, 1, 1, 1, 1, -2], size: [2, 3, 2, 2, 1, 2] }],
]

testOp(
  stridedSlice,
  [
    ...slices.map(([name, shape, attrs], i) => ({ name, inputs: [spiked(shape, i + 1)], attrs })),
    {
      name: 'more than one workgroup',
      inputs: [spiked([5, 301], 8)],
      attrs: { begin: [4, 300], step: [-1, -1], size: [5, 300] },
    },
    {
      name: 'bits that are no numbers',
      inputs: [{ shape: [3], data: new Float32Array([NaN, -Infinity, -0]) }],
      attrs: { begin: [2], step: [-1], size: [3] },
    },
  ],
  stridedSliceReference,
)

testGradient(
  stridedSlice,
  slices.map(([name, shape, attrs]) => ({ name, inputs: [values(shape, 1)], attrs })),
  stridedSliceReference,
)

test('refuses what is not there', () => {
  const shape = (x: number[], attrs: StridedSliceAttrs) => () => stridedSlice.shape([x], attrs)
  const rule = '[stridedSlice] what is taken must be there, got'
  expect(shape([3], { begin: [1], step: [1], size: [3] })).toThrow(`${rule} begin [1], step [1], size [3] and [3]`)
  expect(shape([3], { begin: [0], step: [0], size: [2] })).toThrow(rule)
  expect(shape([3], { begin: [0], step: [-1], size: [2] })).toThrow(rule)
  expect(shape([3], { begin: [0], step: [1], size: [0] })).toThrow(rule)
  expect(shape([3], { begin: [0, 0], step: [1], size: [2] })).toThrow(rule)
  const five = { begin: [1, 1, 1, 1, 1], step: [1, 1, 1, 1, 1], size: [1, 1, 1, 1, 1] }
  expect(shape([2, 2, 2, 2, 2], five)).toThrow('[stridedSlice] at most 4 axes may be left when neighbours taken whole are one')
})
