import { expect, test } from 'vitest'
import { sortPlaces, type SortPlacesAttrs } from '../../src/kernels/sort_places.ts'
import { sortPlacesReference } from '../reference/sorting.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const odd = { shape: [2, 6], data: new Float32Array([3, NaN, 1, 3, -Infinity, Infinity, NaN, 0, -0, NaN, 2, 0]) }
const both = (name: string, x: OpCase<SortPlacesAttrs>['inputs'][0], k: number): OpCase<SortPlacesAttrs>[] =>
  [true, false].map((descending) => ({ name: `${name}, ${descending ? 'down' : 'up'}`, inputs: [x], attrs: { k, descending } }))

testOp(
  sortPlaces,
  [
    ...both('one value', spiked([3, 1], 1), 1),
    ...both('all of them', spiked([5, 37], 2), 37),
    ...both('some of them', spiked([67, 5], 3), 2),
    ...both('equal ones, and what is not finite', odd, 6),
  ],
  sortPlacesReference,
)

testGradient(
  sortPlaces,
  [{ name: 'places do not change', inputs: [values([2, 5], 4)], attrs: { k: 3, descending: true } }],
  sortPlacesReference,
)

test('refuses more places than there are', () => {
  expect(() => sortPlaces.shape([[2, 3]], { k: 4, descending: true })).toThrow(
    '[sortPlaces] k must be from 1 to the values of a row, 16777216 at most, got 4 and x [2,3]',
  )
})
