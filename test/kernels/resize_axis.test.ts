import { expect, test } from 'vitest'
import { resizeAxis, type AxisAttrs } from '../../src/kernels/resize_axis.ts'
import { tapsOf, type Filtering } from '../../src/layers/resize_taps.ts'
import { resizeAxisReference } from '../reference/shaping.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const taps = (size: number, target: number, filtering: Filtering, antialias: boolean) => {
  const { shape, data } = tapsOf(size, target, filtering, antialias)
  return { shape, data: Float32Array.from(data) }
}

/** From and to which size. */
const sizes = [
  [7, 12, 'bicubic', false],
  [7, 3, 'lanczos3', true],
  [7, 3, 'lanczos5', false],
  [7, 5, 'area', false],
  [7, 1, 'bilinear', true],
  [1, 4, 'bicubic', true],
] as const

const cases: OpCase<AxisAttrs>[] = ([1, 2] as const).flatMap((axis) =>
  [1, 3, 8].flatMap((C) =>
    sizes.map(([from, to, filtering, antialias]) => ({
      name: `axis ${axis} from ${from} to ${to}, ${filtering}${antialias ? ' antialiased' : ''}, ${C} channels`,
      inputs: [spiked(axis === 1 ? [2, from, 5, C] : [2, 5, from, C], C), taps(from, to, filtering, antialias)],
      attrs: { axis },
    })),
  ),
)

testOp(
  resizeAxis,
  [
    ...cases,
    {
      name: 'more than one workgroup',
      inputs: [values([1, 64, 40, 3], 1, 0, 255), taps(64, 23, 'lanczos5', true)],
      attrs: { axis: 1 },
    },
  ],
  resizeAxisReference,
)

testGradient(
  resizeAxis,
  ([1, 2] as const).flatMap((axis) =>
    sizes.map(([from, to, filtering, antialias]) => ({
      name: `axis ${axis} from ${from} to ${to}, ${filtering}`,
      inputs: [values(axis === 1 ? [2, from, 3, 2] : [2, 3, from, 2], 3), taps(from, to, filtering, antialias)],
      attrs: { axis },
    })),
  ),
  resizeAxisReference,
  { constant: ['taps'] },
)

test('refuses an axis that is none, and more neighbours than there are', () => {
  expect(() =>
    resizeAxis.shape(
      [
        [1, 5, 7, 3],
        [4, 3],
      ],
      { axis: 3 as 1 },
    ),
  ).toThrow('[resizeAxis] axis must be 1 or 2, got 3')
  expect(() =>
    resizeAxis.shape(
      [
        [1, 5, 7, 3],
        [4, 1],
      ],
      { axis: 1 },
    ),
  ).toThrow('[resizeAxis] taps must have a first neighbour and its weight in each row, got taps [4,1]')
  expect(() =>
    resizeAxis.shape(
      [
        [1, 5, 7, 3],
        [4, 7],
      ],
      { axis: 1 },
    ),
  ).toThrow('[resizeAxis] there must be as many neighbours as taps has weights, got taps [4,7] and x [1,5,7,3]')
})
