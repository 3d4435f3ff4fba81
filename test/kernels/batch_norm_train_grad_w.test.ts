import { expect, test } from 'vitest'
import { batchNormTrainGradW, type BatchNormTrainGradWAttrs } from '../../src/kernels/batch_norm_train/grad_w.ts'
import { batchNormTrainGradWReference, momentsOf } from '../reference/moments.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const shapes = [1, 3, 64, 100].flatMap((C) => [
  [1, C],
  [2, C],
  [5, C],
  [2, 3, 3, C],
  [1037, C],
])
const cases: OpCase<BatchNormTrainGradWAttrs>[] = shapes.flatMap((shape, i) => {
  const x = i % 2 ? spiked(shape, i) : values(shape, i, 1e4 - 1, 1e4 + 1)
  const given = [x, spiked(shape, i + 1), momentsOf(x)]
  return [
    { name: shape.join('x'), inputs: given, attrs: { epsilon: 1e-3 } },
    { name: `${shape.join('x')}, 7 rows each`, inputs: given, attrs: { epsilon: 1e-5, rows: 7 } },
  ]
})
testOp(batchNormTrainGradW, cases, batchNormTrainGradWReference)

test('refuses what does not fit', () => {
  const shape = (inputs: number[][], rows?: number) => () =>
    batchNormTrainGradW.shape(inputs, { epsilon: 1e-3, ...(rows !== undefined && { rows }) })
  expect(
    shape([
      [2, 3],
      [2, 4],
      [2, 3],
    ]),
  ).toThrow('[batchNormTrainGradW] dy and x must have one shape, got dy [2,4] and x [2,3]')
  expect(
    shape(
      [
        [2, 3],
        [2, 3],
        [2, 3],
      ],
      0.5,
    ),
  ).toThrow('[batchNormTrainGradW] rows must be a positive whole number, got 0.5')
})
