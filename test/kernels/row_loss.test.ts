import { expect, test } from 'vitest'
import { Graph } from '../../src/graph/graph.ts'
import type { RowLossAttrs } from '../../src/kernels/row_loss/attrs.ts'
import { rowLoss } from '../../src/kernels/row_loss/row_loss.ts'
import { rowLossGradient } from '../../src/kernels/row_loss/grad.ts'
import { rowLossReference } from '../reference/row_loss.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { rowLosses } from '../support/losses.ts'
import { values } from '../support/values.ts'

const of = (shape: number[], ...data: number[]) => ({ shape, data: new Float32Array(data) })
const plain = { alpha: 1, gamma: 0, labelSmoothing: 0 }

testOp(
  rowLoss,
  rowLosses.flatMap(([name, attrs, [low, high]]) => [
    { name: `${name}, three values`, inputs: [values([67, 3], 1, low, high), values([67, 3], 2, 0, 1)], attrs },
    { name: `${name}, rows of 77`, inputs: [values([3, 77], 3, low, high), values([3, 77], 4, 0, 0.1)], attrs },
  ]),
  rowLossReference,
)

testOp(
  rowLoss,
  [
    {
      name: 'certain probabilities',
      inputs: [of([3, 3], 0, 1, 0, 1, 0, 0, 0, 2, 0), of([3, 3], 0, 1, 0, 0, 1, 0, 0, 1, 0)],
      attrs: { kind: 'categorical', ...plain },
    },
    { name: 'no probability', inputs: [of([2, 2], 0, 0, 1, 1), of([2, 2], 0, 1, 1, 0)], attrs: { kind: 'categorical', ...plain } },
    { name: 'no length', inputs: [of([2, 2], 0, 0, 1, 1), of([2, 2], 1, 1, 0, 0)], attrs: { kind: 'cosine', ...plain } },
    { name: 'one value', inputs: [of([3, 1], 2, -2, 0.5), of([3, 1], 1, 1, 0)], attrs: { kind: 'hinge', ...plain } },
    {
      name: 'not finite',
      inputs: [of([3, 2], NaN, 1, 1, Infinity, 1, 1), of([3, 2], 1, 1, 0, 1, NaN, 0)],
      attrs: { kind: 'cosine', ...plain },
    },
  ],
  rowLossReference,
)

testGradient(
  rowLoss,
  rowLosses.map(([name, attrs, [low, high]]) => ({ name, inputs: [values([3, 5], 5, low, high), values([3, 5], 6, 0, 1)], attrs })),
  rowLossReference,
  { constant: ['t'] },
)

test('refuses what it does not know', () => {
  const shape = (attrs: Partial<RowLossAttrs>, t = [2, 3]) => rowLoss.shape([[2, 3], t], { kind: 'cosine', ...plain, ...attrs })
  expect(() => shape({ kind: 'angle' as never })).toThrow('[rowLoss] kind must be one of categorical, cosine, hinge, got angle')
  expect(() => shape({ gamma: NaN })).toThrow('[rowLoss] numbers must be finite in f32, got 1, NaN, 0')
  expect(() => shape({}, [3, 2])).toThrow('[rowLoss] y and t must have one shape, got y [2,3] and t [3,2]')
})

test('the gradient goes to the predictions and to nothing else', () => {
  const g = new Graph()
  const attrs = { kind: 'cosine', ...plain } as const
  const node = g.add(rowLoss, [g.input('y', [2, 3]), g.input('t', [2, 3])], attrs)
  const message = '[rowLoss] gradients go to the predictions y only, got one for the targets t'
  expect(() => rowLossGradient.by({ g, node, attrs, dy: g.input('dy', [2]), needs: [true, true] })).toThrow(message)
})
