/** What is fused into what, before and after differentiation. */
import { expect, test } from 'vitest'
import { fuseEpilogues } from '../../src/graph/fuse.ts'
import { gradients } from '../../src/graph/grad.ts'
import { Graph } from '../../src/graph/graph.ts'
import { conv2d } from '../../src/kernels/conv2d/conv2d.ts'
import { dense } from '../../src/kernels/dense/dense.ts'
import { relu } from '../../src/kernels/relu.ts'
import { softmax } from '../../src/kernels/softmax.ts'
import { opNames, weight } from '../support/graphs.ts'

const CONV = { strides: [1, 1], padding: 'same', groups: 1, activation: 'linear' } as const

test('what another node reads, or the caller, is not fused away', () => {
  const g = new Graph()
  const y = g.add(conv2d, [g.input('x', [1, 4, 4, 4]), g.parameter(weight([1, 1, 4, 4]))], CONV)
  g.outputs.set('y', y)
  g.outputs.set('z', g.add(relu, [y], {}))
  expect(opNames(fuseEpilogues(g))).toEqual(['conv2d', 'relu'])
})

/** x [2,4] -> dense, f, dense; with the gradients by both kernels as outputs. */
function differentiated(f: typeof relu): Graph {
  const g = new Graph()
  const [a, b] = [g.parameter(weight([4, 5])), g.parameter(weight([5, 3]))]
  const hidden = g.add(f, [g.add(dense, [g.input('x', [2, 4]), a], { activation: 'linear' })], {})
  const y = g.add(dense, [hidden, b], { activation: 'linear' })
  const grads = gradients(g, y, g.input('dy', y.shape), [a, b])
  ;[a, b].forEach((w, i) => g.outputs.set(`g${i}`, grads.get(w)!))
  return g
}

test('relu after differentiation: its gradient reads the fused value', () => {
  expect(opNames(differentiated(relu))).toEqual(['dense', 'relu', 'denseGradX', 'denseGradW', 'reluGrad', 'denseGradW'])
  expect(opNames(fuseEpilogues(differentiated(relu)))).toEqual(['dense', 'denseGradX', 'denseGradW', 'reluGrad', 'denseGradW'])
})

test('what a gradient reads is not fused away', () => {
  const g = differentiated(softmax)
  expect(opNames(fuseEpilogues(g))).toEqual(opNames(g))
})
