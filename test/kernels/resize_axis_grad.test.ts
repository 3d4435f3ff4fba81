import { resizeAxisGrad } from '../../src/kernels/resize_axis_grad.ts'
import { tapsOf } from '../../src/layers/resize_taps.ts'
import { resizeAxisGradReference } from '../reference/shaping.ts'
import { testOp } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const taps = (...[size, target, filtering, antialias]: Parameters<typeof tapsOf>) => {
  const { shape, data } = tapsOf(size, target, filtering, antialias)
  return { shape, data: Float32Array.from(data) }
}

const sizes = [
  [7, 12, 'bicubic', false],
  [7, 3, 'lanczos3', true],
  [9, 2, 'bicubic', false], // some pixels are nobody's neighbours
  [7, 5, 'area', false],
  [1, 4, 'lanczos5', false],
] as const

testOp(
  resizeAxisGrad,
  [
    ...([1, 2] as const).flatMap((axis) =>
      [1, 3, 8].flatMap((C) =>
        sizes.map(([size, T, filtering, antialias]) => ({
          name: `axis ${axis} to ${size} from ${T}, ${filtering}, ${C} channels`,
          inputs: [spiked(axis === 1 ? [2, T, 5, C] : [2, 5, T, C], C), taps(size, T, filtering, antialias)],
          attrs: { axis, size },
        })),
      ),
    ),
    {
      name: 'more than one workgroup',
      inputs: [values([1, 23, 40, 3], 1), taps(64, 23, 'lanczos5', true)],
      attrs: { axis: 1 as const, size: 64 },
    },
  ],
  resizeAxisGradReference,
)
