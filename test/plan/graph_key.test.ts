/** Graphs that are alike have one key; those that differ in anything a plan depends on do not. */
import { expect, test } from 'vitest'
import { Graph } from '../../src/graph/graph.ts'
import { activation } from '../../src/kernels/activation/activation.ts'
import { combine } from '../../src/kernels/combine.ts'
import { optimize } from '../../src/kernels/optimize/optimize.ts'
import { filled, Parameter } from '../../src/parameter.ts'
import { attrsText } from '../../src/kernels/kernel.ts'
import { keyOfGraph } from '../../src/plan/graph_key.ts'
import { DESCENT } from '../support/descent.ts'

const SUM = { kind: 'add', activation: 'linear' } as const
const [w, other] = [1, 2].map(() => new Parameter('layer', 'w', filled([4], 0)))

interface Choices {
  name?: string
  size?: number
  parameter?: Parameter
  kind?: 'add' | 'multiply'
  swapped?: boolean
  output?: string
  update?: boolean
  dead?: boolean
}

function graph({ name = 'x', size = 4, parameter = w!, kind = 'add', swapped, output = 'y', update, dead }: Choices = {}): Graph {
  const g = new Graph()
  if (dead) g.add(activation, [g.input('unused', [9])], { activation: 'relu' })
  const [a, b] = [g.view(g.input(name, [size]), [1, size]), g.view(g.parameter(parameter), [1, 4])]
  const y = g.add(combine, swapped ? [b, a] : [a, b], { ...SUM, kind })
  g.outputs.set(output, y)
  if (update) g.update(optimize, [g.view(y, [4]), g.input('hyper', [6])], [parameter], DESCENT)
  return g
}

test('graphs that are alike, whatever is in them that nobody needs', () => {
  expect(keyOfGraph(graph())).toBe(keyOfGraph(graph()))
  expect(keyOfGraph(graph({ dead: true }))).toBe(keyOfGraph(graph()))
})

test.each<Choices>([
  { name: 'z' },
  { size: 1 },
  { parameter: other! },
  { kind: 'multiply' },
  { swapped: true },
  { output: 'z' },
  { update: true },
])('another graph: %o', (choices) => {
  expect(keyOfGraph(graph(choices))).not.toBe(keyOfGraph(graph()))
})

test('options are told apart by numbers that JSON does not know, too', () => {
  expect(new Set([Infinity, -Infinity, NaN, 0, 1].map((slope) => attrsText({ slope }))).size).toBe(5)
})
