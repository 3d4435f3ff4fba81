/** What is fused into what, before and after differentiation. */
import { expect, test } from 'vitest'
import { batchNormFolding, foldBatchNorm } from '../../src/graph/fold.ts'
import { epilogueFusing, fuseEpilogues } from '../../src/graph/fuse.ts'
import { gradients } from '../../src/graph/grad.ts'
import { Graph, reachable, rewrite, type Node } from '../../src/graph/graph.ts'
import { activation } from '../../src/kernels/activation/activation.ts'
import { slopeFromOutput } from '../../src/kernels/activation/functions.ts'
import { combine } from '../../src/kernels/combine.ts'
import { conv2d } from '../../src/kernels/conv2d/conv2d.ts'
import { dense } from '../../src/kernels/dense/dense.ts'
import { depthwiseConv2d } from '../../src/kernels/depthwise_conv2d/depthwise_conv2d.ts'
import type { Op } from '../../src/kernels/kernel.ts'
import { softmax } from '../../src/kernels/softmax.ts'
import { functions } from '../support/activations.ts'
import { opNames, residualBlock, weight } from '../support/graphs.ts'

const CONV = { strides: [1, 1], padding: 'same', groups: 1, activation: 'linear' } as const

test('what another node reads, or the caller, is not fused away', () => {
  const g = new Graph()
  const y = g.add(conv2d, [g.input('x', [1, 4, 4, 4]), g.parameter(weight([1, 1, 4, 4]))], CONV)
  g.outputs.set('y', y)
  g.outputs.set('z', g.add(activation, [y], { activation: 'relu' }))
  expect(opNames(fuseEpilogues(g))).toEqual(['conv2d', 'activation'])
})

test('with batch normalisation, in one pass as one after the other', () => {
  const g = residualBlock()
  const once = rewrite(g, batchNormFolding(g), epilogueFusing)
  const ops = (made: Graph) => [...reachable(made)].sort((a, b) => a - b).map((id) => made.nodes[id]!)
  const told = (made: Graph) => ops(made).map((n) => [n.kind, n.name, n.shape, n.kind === 'op' && [n.op.name, n.attrs]])
  expect(told(once)).toEqual(told(fuseEpilogues(foldBatchNorm(g))))
  expect(opNames(once)).toEqual(['foldBatchNormScale', 'foldBatchNormShift', 'conv2d'])
})

/** x [2,4] -> dense, f, dense; with the gradients by both kernels as outputs. */
function differentiated(f: (g: Graph, x: Node) => Node): Graph {
  const g = new Graph()
  const [a, b] = [g.parameter(weight([4, 5])), g.parameter(weight([5, 3]))]
  const hidden = f(g, g.add(dense, [g.input('x', [2, 4]), a], { activation: 'linear' }))
  const y = g.add(dense, [hidden, b], { activation: 'linear' })
  const grads = gradients(g, y, g.input('dy', y.shape), [a, b])
  ;[a, b].forEach((w, i) => g.outputs.set(`g${i}`, grads.get(w)!))
  return g
}

const BACKWARD = ['denseGradX', 'denseGradW', 'activationGrad', 'denseGradW']

test.each(functions)('%s after differentiation: fused where its gradient reads the fused value', (_, f) => {
  const made = () => differentiated((g, x) => g.add(activation, [x], { activation: f }))
  expect(opNames(made())).toEqual(['dense', 'activation', ...BACKWARD])
  expect(opNames(fuseEpilogues(made()))).toEqual(['dense', ...(slopeFromOutput(f) ? [] : ['activation']), ...BACKWARD])
})

test.each([
  ['conv2d', conv2d, { ...CONV }],
  ['depthwiseConv2d', depthwiseConv2d, { strides: [1, 1], padding: 'same', activation: 'linear' }],
] as const)('any activation goes into %s, behind a sum', (name, op, attrs) => {
  const g = new Graph()
  const x = g.input('x', [1, 4, 4, 4])
  const w = g.parameter(weight(name === 'conv2d' ? [1, 1, 4, 4] : [1, 1, 4]))
  const sum = g.add(combine, [x, g.add(op as Op, [x, w], attrs)], { kind: 'add', activation: 'linear' })
  g.outputs.set('y', g.add(activation, [sum], { activation: 'gelu' }))
  const fused = fuseEpilogues(g)
  expect(opNames(fused)).toEqual([name])
  expect(fused.outputs.get('y')).toMatchObject({ attrs: { activation: 'gelu' } })
})

test('a sum with nothing to go into takes the activation, one that repeats an input is no residual', () => {
  const g = new Graph()
  const [x, w] = [g.input('x', [2, 4]), g.parameter(weight([4, 4]))]
  const y = g.add(dense, [x, w], { activation: 'linear' })
  const sum = g.add(combine, [y, g.input('b', [1, 4])], { kind: 'add', activation: 'linear' })
  g.outputs.set('y', g.add(activation, [sum], { activation: 'relu' }))
  expect(opNames(fuseEpilogues(g))).toEqual(['dense', 'combine'])
})

test('what a gradient reads is not fused away', () => {
  const g = differentiated((made, x) => made.add(softmax, [x], {}))
  expect(opNames(fuseEpilogues(g))).toEqual(opNames(g))
})
