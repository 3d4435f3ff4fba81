import { expect, test } from 'vitest'
import { adjustColorGrad, type AdjustColorGradAttrs } from '../../src/kernels/adjust_color_grad.ts'
import { adjustColorGradReference, channelMeans } from '../reference/adjust_color.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { values } from '../support/values.ts'

const BYTES = [0, 255] as const
const x = values([3, 5, 7, 3], 1, 0, 255)
const dy = values(x.shape, 2)
const wide = values([2, 3, 5, 6], 3, 0, 255)

const rgb = (
  name: string,
  kind: AdjustColorGradAttrs['kind'],
  columns: number,
  range: readonly [number, number],
): OpCase<AdjustColorGradAttrs> => ({
  name,
  inputs: [dy, x, values([3, columns], 4, 0, 1), undefined],
  attrs: { kind, range },
})

testOp(
  adjustColorGrad,
  [
    {
      name: 'brightness',
      inputs: [values(wide.shape, 5), wide, values([2, 1], 6), undefined],
      attrs: { kind: 'brightness', range: BYTES },
    },
    ...(['contrast', 'mean'] as const).map((kind) => ({
      name: kind,
      inputs: [values(wide.shape, 7), wide, values([2, 1], 8, 0, 2), channelMeans(wide)],
      attrs: { kind, range: BYTES },
    })),
    rgb('saturation', 'saturation', 1, BYTES),
    rgb('saturation that is cut off', 'saturation', 1, [0, 0.5]),
    rgb('hue', 'hue', 2, BYTES),
    rgb('hue that is cut off', 'hue', 2, [50, 200]),
    rgb('grayscale of some', 'grayscale', 1, [0, 0.6]),
  ],
  adjustColorGradReference,
)

test('refuses another shape', () => {
  expect(() =>
    adjustColorGrad.shape(
      [
        [1, 2, 3, 3],
        [1, 2, 3, 1],
        [1, 1],
      ],
      { kind: 'hue', range: BYTES },
    ),
  ).toThrow('[adjustColorGrad] dy and x must have one shape, got dy [1,2,3,3] and x [1,2,3,1]')
})
