import { expect, test } from 'vitest'
import { batchNormTrainGradX } from '../../src/kernels/batch_norm_train/grad_x.ts'
import { batchNormTrainGradXReference, momentsOf } from '../reference/moments.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import { spiked, values } from '../support/values.ts'

const shapes = [1, 3, 64, 100].flatMap((C) => [
  [1, C],
  [2, C],
  [5, C],
  [2, 5, 7, C],
  [1037, C],
])
const cases: OpCase<{ epsilon: number }>[] = shapes.map((shape, i) => {
  const x = i % 2 ? spiked(shape, i) : values(shape, i, 1e4 - 1, 1e4 + 1)
  const C = shape.at(-1)!
  const gamma = i % 3 ? values([C], i, 0.5, 2) : undefined
  const given = [x, gamma, momentsOf(x), spiked(shape, i + 1), spiked([2, C], i + 2)]
  return { name: `${shape.join('x')}${gamma ? '' : ' without gamma'}`, inputs: given, attrs: { epsilon: 1e-3 } }
})
testOp(batchNormTrainGradX, cases, batchNormTrainGradXReference)

test('refuses sums that do not fit the channels', () => {
  const rule = '[batchNormTrainGradX] dw must have two values per channel of x, got dw [1,3] and x [2,3]'
  expect(() => batchNormTrainGradX.shape([[2, 3], undefined, [2, 3], [2, 3], [1, 3]], { epsilon: 1e-3 })).toThrow(rule)
})
