import { expect, test } from 'vitest'
import { gradients } from '../../src/graph/grad.ts'
import { Graph } from '../../src/graph/graph.ts'
import { batchNormTrain } from '../../src/kernels/batch_norm_train/batch_norm_train.ts'
import { moments } from '../../src/kernels/moments.ts'
import type { Shape } from '../../src/shape.ts'
import { batchNormTrainReference, momentsOf, normalisedReference } from '../reference/moments.ts'
import { expectClose } from '../support/close.ts'
import { useDevice } from '../support/device.ts'
import { testGradient } from '../support/gradient.ts'
import { opNames, runGraph } from '../support/graphs.ts'
import { numericGradient } from '../support/numeric.ts'
import { testOp, type OpCase } from '../support/op-cases.ts'
import type { Tensor } from '../support/run-op.ts'
import { spiked, values } from '../support/values.ts'

function inputs(x: Tensor) {
  const C = [x.shape.at(-1)!]
  return { x, gamma: values(C, 2, 0.5, 2), beta: values(C, 3), moments: momentsOf(x) }
}

/** All that may be there, and without either or both. */
function casesOf(x: Tensor, name: string): OpCase<{ epsilon: number }>[] {
  const { gamma, beta, moments } = inputs(x)
  return [
    { name, inputs: [x, gamma, beta, moments], attrs: { epsilon: 1e-3 } },
    { name: `${name} without gamma`, inputs: [x, undefined, beta, moments], attrs: { epsilon: 1.001e-5 } },
    { name: `${name} without beta`, inputs: [x, gamma, undefined, moments], attrs: { epsilon: 1e-3 } },
    { name: `${name} without either`, inputs: [x, undefined, undefined, moments], attrs: { epsilon: 1e-3 } },
  ]
}

const shapes: Shape[] = [1, 3, 64, 100].flatMap((C) => [
  [1, C],
  [5, C],
  [2, 5, 7, C],
])
testOp(
  batchNormTrain,
  [...shapes.flatMap((s) => casesOf(spiked(s, 1), s.join('x'))), ...casesOf(values([1009, 5], 2, 1e4 - 1, 1e4 + 1), 'far from 0')],
  batchNormTrainReference,
)

testGradient(
  batchNormTrain,
  [
    ...casesOf(values([2, 3, 2, 3], 6), 'four axes'),
    ...casesOf(values([7, 1], 7), 'one channel'),
    { name: 'two rows', inputs: [values([2, 5], 8), ...Object.values(inputs(values([2, 5], 8))).slice(1)], attrs: { epsilon: 1 } },
    ...casesOf(values([1, 4], 9), 'one row'),
    ...casesOf(values([9, 2], 10, 15, 17), 'far from 0'),
  ],
  normalisedReference,
  { constant: ['moments'] },
)

const device = useDevice()

test('the moments take no gradient from what is normalised by them', async () => {
  const x = values([3, 2, 2, 5], 1)
  const dy = values(x.shape, 2)
  const g = new Graph()
  const input = g.input('x', x.shape)
  const y = g.add(batchNormTrain, [input, undefined, undefined, g.add(moments, [input], {})], { epsilon: 1e-3 })
  g.outputs.set('dx', gradients(g, y, g.input('dy', x.shape), [input]).get(input)!)
  expect(opNames(g)).toEqual(['moments', 'batchNormTrainGradW', 'batchNormTrainGradX'])
  const { dx } = await runGraph(device(), g, { x: x.data, dy: dy.data })
  expectClose(dx!, numericGradient((all) => normalisedReference(all, { epsilon: 1e-3 }), [x], [0], dy).gradients[0]!)
})

test('refuses moments that do not fit the channels', () => {
  const rule = '[batchNormTrain] moments must have two values per channel of x, got moments [2,4] and x [1,4,4,8]'
  expect(() => batchNormTrain.shape([[1, 4, 4, 8], undefined, undefined, [2, 4]], { epsilon: 1e-3 })).toThrow(rule)
})
