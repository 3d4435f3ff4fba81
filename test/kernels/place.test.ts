import { expect, test } from 'vitest'
import { place, type PlaceAttrs } from '../../src/kernels/place.ts'
import { placeReference } from '../reference/shaping.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

/** By the shape that is placed. */
const places: readonly (readonly [name: string, shape: readonly number[], attrs: PlaceAttrs])[] = [
  ['turned round', [2, 5, 3, 3], { begin: [0, 0, 0, 2], step: [1, 1, 1, -1], shape: [2, 5, 3, 3] }],
  ['zeros on all sides', [2, 3, 2, 3], { begin: [0, 1, 2, 1], step: [1, 1, 1, 1], shape: [2, 5, 4, 7] }],
  ['steps on all axes', [2, 3, 2, 3], { begin: [0, 6, 1, 5], step: [2, -3, 2, -2], shape: [3, 7, 5, 6] }],
  ['another number', [2, 3], { begin: [0, 2], step: [1, 1], shape: [2, 6], value: 1.3 }],
  ['a vector', [3], { begin: [1], step: [2], shape: [9] }],
]

testOp(
  place,
  [
    ...places.map(([name, shape, attrs], i) => ({ name, inputs: [spiked(shape, i + 1)], attrs })),
    { name: 'more than one workgroup', inputs: [spiked([5, 300], 8)], attrs: { begin: [4, 300], step: [-1, -1], shape: [6, 301] } },
    {
      name: 'bits that are no numbers',
      inputs: [{ shape: [2], data: new Float32Array([NaN, -Infinity]) }],
      attrs: { begin: [2], step: [-2], shape: [3] },
    },
  ],
  placeReference,
)

testGradient(
  place,
  places.map(([name, shape, attrs]) => ({ name, inputs: [values(shape, 1)], attrs })),
  placeReference,
)

test('refuses a place that is too small', () => {
  expect(() => place.shape([[3]], { begin: [1], step: [1], shape: [3] })).toThrow(
    '[place] what is taken must be there, got begin [1], step [1], size [3] and [3]',
  )
})
