/** Which nodes the backward pass consists of; and its values against the oracle. */
import { describe, expect, test } from 'vitest'
import { parameterStoreOf } from '../../src/plan/parameter_store.ts'
import { gradients } from '../../src/graph/grad.ts'
import { Graph, type OpNode } from '../../src/graph/graph.ts'
import { fromArray, Parameter } from '../../src/parameter.ts'
import { Plan } from '../../src/plan/plan.ts'
import { conv2d } from '../../src/kernels/conv2d/conv2d.ts'
import { dense } from '../../src/kernels/dense/dense.ts'
import { globalAvgPool } from '../../src/kernels/global_avg_pool.ts'
import { globalAvgPoolGrad } from '../../src/kernels/global_avg_pool_grad.ts'
import { maxPool } from '../../src/kernels/max_pool.ts'
import { activation } from '../../src/kernels/activation/activation.ts'
import { softmaxCrossEntropy } from '../../src/kernels/softmax_cross_entropy/softmax_cross_entropy.ts'
import { fuseEpilogues } from '../../src/graph/fuse.ts'
import type { Shape } from '../../src/shape.ts'
import { headStep } from '../reference/head.ts'
import { useDevice } from '../support/device.ts'
import { values } from '../support/values.ts'

const weight = (name: string, shape: Shape, seed: number, trainable = true) =>
  new Parameter('head', name, fromArray(shape, values(shape, seed).data), trainable)

/** x [N,C] -> dense relu -> dense -> loss [N], with gradients by both layers' weights and by x as outputs. */
function headGraph(N: number, C: number, hidden: number, K: number) {
  const w = [weight('w1', [C, hidden], 1), weight('b1', [hidden], 2), weight('w2', [hidden, K], 3), weight('b2', [K], 4)]
  const g = new Graph()
  const x = g.input('x', [N, C])
  const [w1, b1, w2, b2] = w.map((p) => g.parameter(p))
  const h = g.add(activation, [g.add(dense, [x, w1, b1], { activation: 'linear' })], { activation: 'relu' })
  const y = g.add(dense, [h, w2, b2], { activation: 'linear' })
  g.outputs.set('loss', g.add(softmaxCrossEntropy, [y, g.input('t', [N, K])], {}))
  return { g, w }
}

const ops = (g: Graph) => g.nodes.filter((n): n is OpNode => n.kind === 'op').map((n) => n.op.name)

describe('structure', () => {
  test('a frozen trunk adds no node to the backward pass, whatever it is made of', () => {
    const g = new Graph()
    const x = g.input('x', [2, 8, 8, 3])
    const conv = g.add(conv2d, [x, g.parameter(weight('w', [3, 3, 3, 4], 1, false))], {
      strides: [1, 1],
      padding: 'same',
      groups: 1,
      activation: 'relu',
    })
    const pooled = g.add(maxPool, [conv], { poolSize: [2, 2], strides: [2, 2], padding: 'valid' })
    const w = g.parameter(weight('w', [4, 5], 2))
    const y = g.add(dense, [g.add(globalAvgPool, [pooled], {}), w], { activation: 'linear' })
    const loss = g.add(softmaxCrossEntropy, [y, g.input('t', [2, 5])], {})
    const before = g.nodes.length
    gradients(g, loss, g.input('dLoss', [2]), [w])
    expect(ops(g).slice(ops(g).indexOf('softmaxCrossEntropy') + 1)).toEqual(['softmaxCrossEntropyGrad', 'denseGradW'])
    expect(g.nodes.length - before).toBe(3)
  })

  test('an op without a gradient on the way to a trainable weight is named', () => {
    const g = new Graph()
    const w = g.parameter(weight('w', [3, 3, 3, 4], 1))
    const conv = g.add(conv2d, [g.input('x', [1, 8, 8, 3]), w], { strides: [1, 1], padding: 'same', groups: 1, activation: 'linear' })
    const mean = g.add(globalAvgPool, [conv], {})
    g.scope = 'spread'
    const y = g.add(globalAvgPoolGrad, [mean], { height: 2, width: 2 })
    expect(() => gradients(g, y, g.input('dy', y.shape), [w])).toThrow(
      '[spread] training needs a gradient of every op above a trainable weight, got globalAvgPoolGrad without one',
    )
  })

  test('a weight that the loss does not depend on has no gradient', () => {
    const { g, w } = headGraph(2, 3, 4, 5)
    const stray = g.parameter(weight('stray', [3], 9))
    const loss = g.outputs.get('loss')!
    expect(gradients(g, loss, g.input('dLoss', [2]), [stray, g.parameter(w[0]!)]).has(stray)).toBe(false)
  })
})

describe('values', () => {
  const device = useDevice()
  test.each([
    [1, 3, 2, 2],
    [5, 33, 17, 10],
    [32, 65, 40, 7],
  ])('N %d, C %d, hidden %d, K %d', async (N, C, hidden, K) => {
    const made = headGraph(N, C, hidden, K)
    const { g } = made
    const loss = g.outputs.get('loss')!
    const x = g.nodes.find((n) => n.name === 'x')!
    const wrt = [...made.w.map((p) => g.parameter(p)), x]
    const grads = gradients(g, loss, g.input('dLoss', [N]), wrt)
    wrt.forEach((n, i) => g.outputs.set(`g${i}`, grads.get(n)!))
    const store = parameterStoreOf(device())
    const parameters = new Set(made.w)
    await store.load(parameters)
    const plan = await Plan.compile(store, fuseEpilogues(g))
    const xs = values([N, C], 11).data
    const t = Float32Array.from({ length: N * K }, (_, i) => (i % K === Math.floor(i / K) % K ? 1 : 0))
    const out = await plan.run({ x: xs, t, dLoss: new Float32Array(N).fill(1 / N) })
    plan.dispose()
    store.release(parameters)

    const [w1, b1, w2, b2] = made.w.map((_, i) => Float64Array.from(values(made.w[i]!.shape, i + 1).data))
    const oracle = headStep({ x: Float64Array.from(xs), t: Float64Array.from(t), count: N }, [
      { w: w1!, b: b1! },
      { w: w2!, b: b2! },
    ])
    const expected = [oracle.grads[0]!.w, oracle.grads[0]!.b, oracle.grads[1]!.w, oracle.grads[1]!.b, oracle.dx]
    expected.forEach((e, i) => expectGradient(out[`g${i}`]!, e))
  })
})

/** rtol 2e-3 of the largest gradient of its tensor, the f32 rule of JAX. */
function expectGradient(actual: Float32Array, expected: Float64Array): void {
  const scale = expected.reduce((m, v) => Math.max(m, Math.abs(v)), 0)
  expect(actual.length).toBe(expected.length)
  const worst = expected.reduce((m, v, i) => Math.max(m, Math.abs(actual[i]! - v)), 0)
  expect(worst).toBeLessThanOrEqual(2e-3 * scale)
}
