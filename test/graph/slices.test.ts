/** Concats whose inputs are computed in place. */
import { describe, expect, test } from 'vitest'
import { BASE_CAPS } from '../../src/caps.ts'
import { Graph, type Node } from '../../src/graph/graph.ts'
import { lower } from '../../src/graph/lower.ts'
import { activation } from '../../src/kernels/activation/activation.ts'
import { avgPool } from '../../src/kernels/avg_pool.ts'
import { concat } from '../../src/kernels/concat.ts'
import { conv2d } from '../../src/kernels/conv2d/conv2d.ts'
import { maxPool } from '../../src/kernels/max_pool.ts'
import { useDevice } from '../support/device.ts'
import { opNames, runGraph, weight } from '../support/graphs.ts'
import { values } from '../support/values.ts'

const device = useDevice()

const CONV = { strides: [1, 1], padding: 'same', groups: 1, activation: 'relu' } as const
const POOL = { poolSize: [3, 3], strides: [1, 1], padding: 'same' } as const
const X = [2, 5, 7, 8] as const

const lowered = (g: Graph) => lower(g, Infinity, BASE_CAPS)

interface Branches {
  readonly g: Graph
  readonly x: Node
  readonly conv: (filters: number, x?: Node) => Node
}

function branches(): Branches {
  const g = new Graph()
  const x = g.input('x', X)
  const conv = (filters: number, from: Node = x) => g.add(conv2d, [from, g.parameter(weight([3, 3, from.shape[3]!, filters]))], CONV)
  return { g, x, conv }
}

/** A block of Inception's: branches of convolutions, pools, a concat within the concat, and a convolution that reads it. */
function inceptionBlock(): Graph {
  const { g, x, conv } = branches()
  const two = conv(4)
  const inner = g.add(concat, [conv(8, two), conv(12)], {})
  const all = g.add(concat, [conv(16), inner, conv(4, g.add(avgPool, [x], POOL)), g.add(maxPool, [x], POOL), g.add(avgPool, [x], POOL)], {})
  g.outputs.set('y', conv(4, all))
  g.outputs.set('all', all)
  return g
}

/** The same nodes, each of them an output: read by two, none is written in place. */
function apart(g: Graph): Graph {
  const outputs = new Map(g.outputs)
  for (const n of g.nodes) if (n.kind === 'op') outputs.set(`node ${n.id}`, n)
  return g.select(outputs)
}

describe('a concat without a copy', () => {
  test('computes the same values, bit for bit', async () => {
    const g = inceptionBlock()
    const copied = apart(g)
    expect(opNames(lowered(copied)).filter((name) => name === 'concat')).toHaveLength(2)
    expect(opNames(lowered(g))).not.toContain('concat')
    const feed = { x: values(X, 1).data }
    const [inPlace, wanted] = [await runGraph(device(), g, feed), await runGraph(device(), copied, feed)]
    expect(inPlace['all']).toEqual(wanted['all'])
    expect(inPlace['y']).toEqual(wanted['y'])
  })

  test('tells every op where it writes', () => {
    const slices = lowered(inceptionBlock()).nodes.flatMap((n) => (n.kind === 'op' && n.slice ? [[n.op.name, n.slice.begin]] : []))
    expect(slices).toEqual([
      ['conv2d', 16],
      ['conv2d', 24],
      ['conv2d', 0],
      ['conv2d', 36],
      ['maxPool', 40],
      ['avgPool', 48],
    ])
  })

  test('is a concat of ops of its own to whoever rewrites it again', () => {
    const again = lowered(lowered(inceptionBlock()))
    expect(again.nodes.filter((n) => n.kind === 'op' && n.slice)).toHaveLength(6)
  })
})

describe('a concat stays one', () => {
  const refused: Record<string, (b: Branches) => readonly Node[]> = {
    'where an input is read by another node': ({ g, conv }) => {
      const shared = conv(4)
      g.outputs.set('other', conv(4, shared))
      return [shared, conv(4)]
    },
    'where an input is an output': ({ g, conv }) => {
      const shown = conv(4)
      g.outputs.set('shown', shown)
      return [shown, conv(4)]
    },
    'where an input comes twice': ({ conv }) => {
      const twice = conv(4)
      return [twice, twice]
    },
    'where an input is no whole vectors': ({ conv }) => [conv(6), conv(4)],
    'where an input is a view': ({ g, x, conv }) => [g.view(conv(4, g.view(x, [2, 7, 5, 8])), [2, 5, 7, 4]), conv(4)],
    'where an input is an input of the graph': ({ x, conv }) => [x, conv(4)],
    'where an op writes no slices': ({ g, conv }) => [
      g.add(activation, [conv(4)], { activation: { kind: 'elu', alpha: 1, scale: 1 } }),
      conv(4),
    ],
    'where an input adds a residual': ({ g, x, conv }) => {
      const r = g.input('r', [2, 5, 7, 4])
      return [g.add(conv2d, [x, g.parameter(weight([1, 1, 8, 4])), undefined, r], CONV), conv(4)]
    },
    'where an input is made of parameters alone': ({ g, conv }) => [conv(4, g.parameter(weight([2, 5, 7, 8]))), conv(4)],
  }
  test.each(Object.entries(refused))('%s', (_, inputs) => {
    const b = branches()
    b.g.outputs.set('y', b.g.add(concat, inputs(b), {}))
    expect(opNames(lowered(b.g))).toContain('concat')
  })
})
