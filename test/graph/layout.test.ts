/** Which transpositions and views are left of layers that work along other axes than the last, and that the values stay. */
import { expect, test } from 'vitest'
import { Graph, type Node } from '../../src/graph/graph.ts'
import { laidOut } from '../../src/graph/layout.ts'
import { activation } from '../../src/kernels/activation/activation.ts'
import { batchNorm } from '../../src/kernels/batch_norm.ts'
import { combine } from '../../src/kernels/combine.ts'
import { conv2d } from '../../src/kernels/conv2d/conv2d.ts'
import { transpose } from '../../src/kernels/transpose.ts'
import { useDevice } from '../support/device.ts'
import { opNames, runGraph, weight } from '../support/graphs.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const ADD = { kind: 'add', activation: 'linear' } as const
const [LAST, FIRST] = [[0, 2, 3, 1], [0, 3, 1, 2]] // prettier-ignore

const moved = (g: Graph, x: Node, axes: readonly number[]) => g.add(transpose, [x], { axes })
const relu = (g: Graph, x: Node) => g.add(activation, [x], { activation: 'relu' })

/** A convolution with its channels first. */
function conv(g: Graph, x: Node): Node {
  const attrs = { strides: [1, 1], padding: 'same', groups: 1, activation: 'linear' } as const
  return moved(g, g.add(conv2d, [moved(g, x, LAST), g.parameter(weight([3, 3, 3, 3]))], attrs), FIRST)
}

/** Batch normalisation of axis 1. */
function norm(g: Graph, x: Node): Node {
  const p = (low = -1) => g.parameter(weight([3], { low }))
  return moved(g, g.add(batchNorm, [moved(g, x, LAST), p(), p(), p(), p(0.5)], { epsilon: 1e-3 }), FIRST)
}

function graphOf(build: (g: Graph, x: Node) => Node): Graph {
  const g = new Graph()
  g.outputs.set('y', build(g, g.input('x', [2, 3, 5, 4])))
  return g
}

const AROUND = ['transpose', 'conv2d']

test.each<[string, (g: Graph, x: Node) => Node, readonly string[]]>([
  ['those that undo each other', (g, x) => moved(g, moved(g, x, LAST), FIRST), []],
  ['two that do not', (g, x) => moved(g, moved(g, x, FIRST), FIRST), ['transpose']],
  ['between layers', (g, x) => conv(g, norm(g, conv(g, x))), [...AROUND, 'batchNorm', 'conv2d', 'transpose']],
  ['behind activations', (g, x) => conv(g, relu(g, conv(g, x))), [...AROUND, 'activation', 'conv2d', 'transpose']],
  [
    'behind a residual, each operand of which is moved alike',
    (g, x) => {
      const y = relu(g, conv(g, x))
      return relu(g, g.add(combine, [y, conv(g, y)], ADD))
    },
    [...AROUND, 'activation', 'conv2d', 'combine', 'activation', 'transpose'],
  ],
  [
    'before a sum with what is not moved alike',
    (g, x) => g.add(combine, [conv(g, x), moved(g, moved(g, x, [0, 1, 3, 2]), [0, 1, 3, 2])], ADD),
    [...AROUND, 'transpose', 'combine'],
  ],
  [
    'before a sum with what is moved otherwise',
    (g, x) => {
      const a = moved(g, relu(g, g.view(x, [2, 3, 4, 5])), [0, 1, 3, 2])
      return g.add(combine, [a, conv(g, x)], ADD)
    },
    ['activation', 'transpose', 'transpose', 'conv2d', 'transpose', 'combine'],
  ],
  [
    'a view before activation and normalisation',
    (g, x) => {
      const flat = g.view(x, [2, 15, 4])
      const p = () => g.parameter(weight([4], { low: 0.5 }))
      return relu(g, g.add(batchNorm, [flat, p(), p(), p(), p()], { epsilon: 1e-3 }))
    },
    ['batchNorm', 'activation'],
  ],
  [
    'a view of other channels behind normalisation',
    (g, x) => {
      const p = () => g.parameter(weight([20], { low: 0.5 }))
      return relu(g, g.add(batchNorm, [g.view(x, [2, 3, 20]), p(), p(), p(), p()], { epsilon: 1e-3 }))
    },
    ['batchNorm', 'activation'],
  ],
])('%s', async (_, build, names) => {
  const before = graphOf(build)
  const after = laidOut(before)
  expect(opNames(after)).toEqual(names)
  expect(after.outputs.get('y')!.shape).toEqual(before.outputs.get('y')!.shape)
  const x = { x: values([2, 3, 5, 4], 1, -1, 1).data }
  const [expected, got] = [await runGraph(device(), before, x), await runGraph(device(), after, x)]
  expect(got['y']).toEqual(expected['y'])
})

test('what the caller reads is there, moved as it was', () => {
  const g = graphOf((graph, x) => conv(graph, x))
  g.outputs.set('z', relu(g, g.outputs.get('y')!))
  const made = laidOut(g)
  expect([...made.outputs].map(([name, y]) => [name, y.shape])).toEqual([...g.outputs].map(([name, y]) => [name, y.shape]))
})
