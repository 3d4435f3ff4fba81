import { expect, test } from 'vitest'
import { Graph } from '../../src/graph/graph.ts'
import type { PointwiseFunction } from '../../src/kernels/pointwise_loss/functions.ts'
import { pointwiseLoss } from '../../src/kernels/pointwise_loss/pointwise_loss.ts'
import { pointwiseLossGradient } from '../../src/kernels/pointwise_loss/grad.ts'
import { pointwiseLossReference } from '../reference/pointwise_loss.ts'
import { testGradient } from '../support/gradient.ts'
import { testOp } from '../support/op-cases.ts'
import { pointwise } from '../support/losses.ts'
import { values } from '../support/values.ts'

const of = (shape: number[], ...data: number[]) => ({ shape, data: new Float32Array(data) })
const score = { kind: 'binaryOfScore', labelSmoothing: 0 } as const
const plain = { kind: 'focal', gamma: 2, alpha: undefined, labelSmoothing: 0 } as const
const half = { kind: 'matching', threshold: 0.5 } as const

testOp(
  pointwiseLoss,
  pointwise.flatMap(([name, f, [a, b], [c, d]]) => [
    { name: `${name}, one value a row`, inputs: [values([67, 1], 1, a, b), values([67, 1], 2, c, d)], attrs: { f, scale: 1 } },
    { name: `${name}, rows of 77`, inputs: [values([3, 77], 3, a, b), values([3, 77], 4, c, d)], attrs: { f, scale: 1 / 77 } },
  ]),
  pointwiseLossReference,
)

testOp(
  pointwiseLoss,
  [
    { name: 'large scores', inputs: [values([5, 9], 5, -1e4, 1e4), values([5, 9], 6, 0, 1)], attrs: { f: score, scale: 1 } },
    {
      name: 'certain probabilities',
      inputs: [of([2, 4], 0, 1, 0, 1, 1, 1, 0, 0), of([2, 4], 0, 1, 1, 0, 1, 1, 0, 0)],
      attrs: { f: { kind: 'binary', labelSmoothing: 0 }, scale: 0.25 },
    },
    { name: 'certain, focal', inputs: [of([2, 2], 0, 1, 0, 1), of([2, 2], 0, 1, 1, 0)], attrs: { f: plain, scale: 0.5 } },
    { name: 'targets of 0', inputs: [values([2, 5], 7), of([2, 5], ...Array<number>(10).fill(0))], attrs: { f: 'relative', scale: 100 } },
    { name: 'negative predictions', inputs: [values([2, 5], 8, -3, 0), values([2, 5], 9, 0, 1)], attrs: { f: 'squaredLog', scale: 1 } },
    { name: 'far apart', inputs: [values([2, 5], 10, -1e3, 1e3), values([2, 5], 11)], attrs: { f: 'logCosh', scale: 1 } },
    { name: 'matching', inputs: [of([2, 3], 0.5, 0.6, 0.2, 0, 1, 0.51), of([2, 3], 0, 1, 1, 0, 0, 1)], attrs: { f: half, scale: 1 } },
    {
      name: 'signs 0 and 1',
      inputs: [values([2, 5], 14), of([2, 5], 0, 1, 0, 0, 1, 1, 0, 1, 0, 1)],
      attrs: { f: 'squaredHinge', scale: 1 },
    },
    {
      name: 'not finite',
      inputs: [of([4, 2], 1, NaN, Infinity, 2, 1, 2, 3, 4), of([4, 2], 1, 1, 1, 1, 0, -Infinity, 0, 1)],
      attrs: { f: 'absolute', scale: 1 },
    },
  ],
  pointwiseLossReference,
)

testGradient(
  pointwiseLoss,
  pointwise.map(([name, f, [a, b], [c, d]]) => ({
    name,
    inputs: [values([3, 5], 12, a, b), values([3, 5], 13, c, d)],
    attrs: { f, scale: 0.2 },
  })),
  pointwiseLossReference,
  { constant: ['t'] },
)

test('refuses what it does not know', () => {
  const shape = (f: unknown, y = [2, 3], t = [2, 3]) => pointwiseLoss.shape([y, t], { f: f as PointwiseFunction, scale: 1 })
  expect(() => shape('cubed')).toThrow('[pointwiseLoss] f must be one of squared, absolute, relative, squaredLog')
  expect(() => shape({ kind: 'huber', delta: 1e39 })).toThrow('[pointwiseLoss] the numbers of huber must be finite in f32, got 1e+39')
  expect(() => shape('squared', [2, 3], [3, 2])).toThrow('[pointwiseLoss] y and t must have one shape, got y [2,3] and t [3,2]')
})

test('the gradient goes to the predictions and to nothing else', () => {
  const g = new Graph()
  const attrs = { f: 'squared', scale: 1 } as const
  const node = g.add(pointwiseLoss, [g.input('y', [2, 3]), g.input('t', [2, 3])], attrs)
  const message = '[pointwiseLoss] gradients go to the predictions y only, got one for the targets t'
  expect(() => pointwiseLossGradient.by({ g, node, attrs, dy: g.input('dy', [2]), needs: [true, true] })).toThrow(message)
})
