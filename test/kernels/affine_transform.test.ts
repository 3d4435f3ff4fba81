import { expect, test } from 'vitest'
import { affineTransform, type AffineTransformAttrs } from '../../src/kernels/affine_transform.ts'
import { FILL_MODES } from '../../src/kernels/fill_modes.ts'
import { affineTransformReference } from '../reference/affine.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import type { Tensor } from '../support/run-op.ts'
import { spiked, values } from '../support/values.ts'

const matrices = (...rows: number[][]): Tensor => ({ shape: [rows.length, 6], data: Float32Array.from(rows.flat()) })

/** A turn and a move far beyond the edges, and one that stays near. */
const transform = matrices([0.83, -0.61, -11.37, 0.57, 0.79, 14.21], [1.31, 0.12, -1.73, -0.23, 0.68, 0.77])

const cases: OpCase<AffineTransformAttrs>[] = FILL_MODES.flatMap((fillMode) =>
  (['nearest', 'bilinear'] as const).flatMap((interpolation) =>
    [1, 3, 6].map((C) => ({
      name: `${fillMode}, ${interpolation}, ${C} channels`,
      inputs: [spiked([2, 5, 7, C], C), transform],
      attrs: { height: 5, width: 7, interpolation, fillMode, fillValue: 0.3 },
    })),
  ),
)

const copy = { interpolation: 'nearest', fillMode: 'nearest', fillValue: 0 } as const

testOp(
  affineTransform,
  [
    ...cases,
    {
      name: 'one pixel',
      inputs: [spiked([1, 1, 1, 3], 1), matrices([1, 0, -2.5, 0, 1, 1.5])],
      attrs: { height: 3, width: 2, ...copy, fillMode: 'reflect' },
    },
    { name: 'a crop', inputs: [spiked([1, 6, 9, 3], 1), matrices([1, 0, 3, 0, 1, 2])], attrs: { height: 4, width: 5, ...copy } },
    {
      name: 'a flip, more than one workgroup',
      inputs: [spiked([1, 17, 19, 3], 1), matrices([-1, 0, 18, 0, 1, 0])],
      attrs: { height: 17, width: 19, ...copy },
    },
    {
      name: 'far beyond the edges',
      inputs: [spiked([1, 3, 3, 1], 1), matrices([1e5, 0, 0.3, 0, 1, -1e5])],
      attrs: { height: 3, width: 3, ...copy },
    },
  ],
  affineTransformReference,
)

testGradient(
  affineTransform,
  FILL_MODES.map((fillMode, i) => ({
    name: fillMode,
    inputs: [values([2, 3, 4, 1], i), matrices([0.83, -0.61, 1.37, 0.57, 0.79, -1.21], [1.31, 0.12, -1.73, -0.23, 0.68, 0.77])],
    attrs: { height: 3, width: 4, interpolation: 'bilinear', fillMode, fillValue: 0.3, scipy: i % 2 === 1 },
  })),
  affineTransformReference,
  { constant: ['transform'] },
)

test('the oracle: how a picture goes on', () => {
  const x = { shape: [1, 1, 3, 1], data: [1, 2, 3] }
  const row = (fillMode: (typeof FILL_MODES)[number]) =>
    [
      ...affineTransformReference([x, matrices([1, 0, -4, 0, 1, 0])], {
        height: 1,
        width: 11,
        interpolation: 'bilinear',
        fillMode,
        fillValue: 9,
      }).y,
    ].join('')
  expect(row('constant')).toBe('99991239999')
  expect(row('nearest')).toBe('11111233333')
  expect(row('wrap')).toBe('31231231231')
  expect(row('reflect')).toBe('33211233211')
})

test('refuses shapes and options', () => {
  const shape =
    (attrs: object, by: readonly number[] = [1, 6]) =>
    () =>
      affineTransform.shape([[1, 5, 7, 3], by], { height: 3, width: 3, ...copy, ...attrs })
  expect(shape({}, [2, 6])).toThrow(
    '[affineTransform] transform must have six numbers for each sample, got transform [2,6] and x [1,5,7,3]',
  )
  expect(shape({ height: 0 })).toThrow('[affineTransform] height and width must be positive whole numbers, got 0 and 3')
  expect(shape({ fillMode: 'mirror' })).toThrow('[affineTransform] fillMode must be one of constant, nearest, wrap, reflect, got mirror')
  expect(shape({ interpolation: 'cubic' })).toThrow('[affineTransform] interpolation must be nearest or bilinear, got cubic')
  expect(shape({ fillValue: NaN })).toThrow('[affineTransform] fillValue must be finite, got NaN')
})
