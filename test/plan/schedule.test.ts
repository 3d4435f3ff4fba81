/** When the ops of a plan run: updates as early as they can, and never before what must come first. */
import { expect, test } from 'vitest'
import { gradients } from '../../src/graph/grad.ts'
import { Graph, type Node, type OpNode } from '../../src/graph/graph.ts'
import { combine } from '../../src/kernels/combine.ts'
import { dense } from '../../src/kernels/dense/dense.ts'
import { optimize } from '../../src/kernels/optimize/optimize.ts'
import { filled, Parameter } from '../../src/parameter.ts'
import { parameterStoreOf } from '../../src/plan/parameter_store.ts'
import { Plan } from '../../src/plan/plan.ts'
import { updatesFirst } from '../../src/plan/schedule.ts'
import { DESCENT } from '../support/descent.ts'
import { useDevice } from '../support/device.ts'

const device = useDevice()
const weight = (name: string, size = 4) => new Parameter('layer', name, filled([size, size], 0.1))
const named = (g: Graph, name: string, make: () => Node): Node => {
  g.scope = name
  return make()
}
const opsOf = (g: Graph) => g.nodes.filter((n): n is OpNode => n.kind === 'op')
const namesOf = (ops: readonly OpNode[]) => ops.map((n) => n.name)
const linear = { activation: 'linear' as const }
const sum = { kind: 'add' as const, ...linear }

test('an update follows its gradient, and all that still reads the weight', () => {
  const g = new Graph()
  const [w, rate] = [weight('w'), g.input('rate', [6])]
  const x = g.input('x', [4, 4])
  const dw = named(g, 'gradient', () => g.add(combine, [x, x], sum))
  const y = named(g, 'reader', () => g.add(dense, [x, g.parameter(w), undefined, undefined], linear))
  named(g, 'other', () => g.add(combine, [y, y], sum))
  named(g, 'update', () => g.update(optimize, [dw, rate], [w], DESCENT))
  expect(namesOf(updatesFirst(opsOf(g)))).toEqual(['gradient', 'reader', 'update', 'other'])
})

test('two updates of one parameter stay in order, with what reads it between them', () => {
  const g = new Graph()
  const [w, rate, x] = [weight('w'), g.input('rate', [6]), g.input('x', [4, 4])]
  named(g, 'first', () => g.update(optimize, [x, rate], [w], DESCENT))
  named(g, 'other', () => g.add(combine, [x, x], sum))
  named(g, 'reader', () => g.add(combine, [x, g.view(g.parameter(w), [4, 4])], sum))
  named(g, 'last', () => g.add(combine, [x, x], sum))
  named(g, 'second', () => g.update(optimize, [x, rate], [w], DESCENT))
  expect(namesOf(updatesFirst(opsOf(g)))).toEqual(['first', 'other', 'reader', 'second', 'last'])
})

test('an update that reads what another has changed comes after it', () => {
  const g = new Graph()
  const [a, b, rate, x] = [weight('a'), weight('b'), g.input('rate', [6]), g.input('x', [4, 4])]
  const dw = named(g, 'gradient', () => g.add(combine, [x, x], sum))
  named(g, 'a', () => g.update(optimize, [dw, rate], [a], DESCENT))
  named(g, 'last', () => g.add(combine, [x, x], sum))
  named(g, 'b', () => g.update(optimize, [g.parameter(a), rate], [b], DESCENT))
  expect(namesOf(updatesFirst(opsOf(g)))).toEqual(['gradient', 'a', 'b', 'last'])
})

test('the gradients of a deep network share their memory', async () => {
  const [layers, size, batch] = [12, 512, 2]
  const g = new Graph()
  const rate = g.input('rate', [6])
  const weights = Array.from({ length: layers }, (_, i) => weight(`w${i}`, size))
  const y = weights.reduce<Node>(
    (x, w) => g.add(dense, [x, g.parameter(w), undefined, undefined], { activation: 'relu' }),
    g.input('x', [batch, size]),
  )
  const dy = g.input('dy', y.shape)
  const grads = gradients(
    g,
    y,
    dy,
    weights.map((w) => g.parameter(w)),
  )
  for (const w of weights) g.update(optimize, [grads.get(g.parameter(w))!, rate], [w], DESCENT)

  const store = parameterStoreOf(device())
  await store.load(new Set(weights))
  const plan = await Plan.compile(store, g)
  const gradient = 4 * size * size
  const activations = 4 * batch * size * (2 * layers + 8)
  expect(plan.stats.bytes).toBeLessThan(2 * gradient + activations)
  plan.dispose()
  store.release(new Set(weights))
})

test('an update that reads a join comes behind all that write it', () => {
  const g = new Graph()
  const [rate, x] = [g.input('rate', [6]), g.input('x', [4, 4])]
  const slice = (begin: number) => g.add(combine, [x, x], sum, { width: 8, begin })
  const parts = [named(g, 'left', () => slice(0)), named(g, 'right', () => slice(4))] as OpNode[]
  const joined = g.view(g.join(parts, [4, 8]), [4, 8])
  named(g, 'other', () => g.add(combine, [x, x], sum))
  named(g, 'update', () => g.update(optimize, [joined, rate], [new Parameter('layer', 'w', filled([4, 8], 0))], DESCENT))
  expect(namesOf(updatesFirst(opsOf(g)))).toEqual(['left', 'right', 'update', 'other'])
})
