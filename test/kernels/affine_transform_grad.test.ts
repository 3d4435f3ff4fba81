import { expect, test } from 'vitest'
import { affineTransformGrad, type AffineTransformGradAttrs } from '../../src/kernels/affine_transform_grad.ts'
import { FILL_MODES } from '../../src/kernels/fill_modes.ts'
import { affineTransformGradReference } from '../reference/affine.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import type { Tensor } from '../support/run-op.ts'
import { values } from '../support/values.ts'

const matrices = (...rows: number[][]): Tensor => ({ shape: [rows.length, 6], data: Float32Array.from(rows.flat()) })

/** None of them between two pixels to a rounding. A turn that reads the picture three times over in each direction, a slant, and what keeps nothing but a line. */
const transform = matrices(
  [1.8331, -1.6117, -11.3719, 1.5713, 1.7917, -9.2123],
  [1.31, 0.12, -1.73, -0.23, 0.68, 0.77],
  [0.7, 0, 1.21, 1.4, 0, -2.43],
)

const cases: OpCase<AffineTransformGradAttrs>[] = FILL_MODES.flatMap((fillMode, i) =>
  (['nearest', 'bilinear'] as const).flatMap((interpolation, j) =>
    [false, true].map((scipy, k) => ({
      name: `${fillMode}, ${interpolation}${scipy ? ', as SciPy' : ''}`,
      inputs: [values([3, 6, 7, [1, 3, 6][(i + j + k) % 3]!], i), transform],
      attrs: { height: 5, width: 4, interpolation, fillMode, scipy },
    })),
  ),
)

const copy = { interpolation: 'nearest', fillMode: 'nearest' } as const

testOp(
  affineTransformGrad,
  [
    ...cases,
    ...FILL_MODES.map((fillMode) => ({
      name: `one pixel, ${fillMode}`,
      inputs: [values([1, 3, 2, 3], 1), matrices([1, 0, -1.5, 0, 1, -0.5])],
      attrs: { height: 1, width: 1, interpolation: 'bilinear' as const, fillMode, scipy: true },
    })),
    { name: 'a crop', inputs: [values([1, 4, 5, 3], 1), matrices([1, 0, 3, 0, 1, 2])], attrs: { height: 6, width: 9, ...copy } },
    {
      name: 'a flip, more than one workgroup',
      inputs: [values([1, 17, 19, 3], 1), matrices([-1, 0, 18, 0, 1, 0])],
      attrs: { height: 17, width: 19, ...copy },
    },
  ],
  affineTransformGradReference,
)

test('refuses shapes', () => {
  expect(() =>
    affineTransformGrad.shape(
      [
        [2, 3, 4, 1],
        [1, 6],
      ],
      { height: 3, width: 3, ...copy },
    ),
  ).toThrow('[affineTransformGrad] transform must have six numbers for each sample, got transform [1,6] and dy [2,3,4,1]')
})
