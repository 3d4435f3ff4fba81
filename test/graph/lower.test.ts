/** What one dispatch cannot do becomes several that compute the same. */
import { BASE_CAPS } from '../../src/caps.ts'
import { describe, expect, test } from 'vitest'
import { openDevice } from '../../src/device/device.ts'
import { gradients } from '../../src/graph/grad.ts'
import { Graph, reachable, type Node } from '../../src/graph/graph.ts'
import { lower } from '../../src/graph/lower.ts'
import { batchNormTrainGradW } from '../../src/kernels/batch_norm_train/grad_w.ts'
import { columnSum, type ColumnSumAttrs } from '../../src/kernels/column_sum.ts'
import { conv2dGradW, type Conv2dGradWAttrs } from '../../src/kernels/conv2d/grad_w.ts'
import { dense } from '../../src/kernels/dense/dense.ts'
import { layerNormMoments } from '../../src/kernels/layer_norm/moments.ts'
import { layerNormSums } from '../../src/kernels/layer_norm/sums.ts'
import { moments } from '../../src/kernels/moments.ts'
import { optimize } from '../../src/kernels/optimize/optimize.ts'
import { transpose } from '../../src/kernels/transpose.ts'
import { layers } from '../../src/layers/index.ts'
import { Network } from '../../src/layers/network.ts'
import { filled, fromArray, Parameter } from '../../src/parameter.ts'
import { parameterStoreOf } from '../../src/plan/parameter_store.ts'
import { Plan } from '../../src/plan/plan.ts'
import { sizeOf, type Shape } from '../../src/shape.ts'
import { lossGraph } from '../../src/training/graphs.ts'
import { adam, sgd, type Optimizer } from '../../src/training/optimizers/index.ts'
import { accumulatingGraph, trainingGraph, updatingGraph } from '../../src/training/step_graphs.ts'
import { conv2dGradWReference } from '../reference/conv2d.ts'
import { layerMomentsOf, layerNormMomentsReference, layerNormSumsReference } from '../reference/layer_norm.ts'
import { batchNormTrainGradWReference, momentsOf, momentsReference } from '../reference/moments.ts'
import { columnSumReference } from '../reference/pooling.ts'
import { DESCENT, hyperOf } from '../support/descent.ts'
import { expectClose } from '../support/close.ts'
import { useDevice } from '../support/device.ts'
import { openGpu } from '../support/gpu.ts'
import { opNames, runGraph, weight } from '../support/graphs.ts'
import { classification, updatingBy } from '../support/objective.ts'
import { quarters, trainedUnder } from '../support/under_limit.ts'
import { values } from '../support/values.ts'

const device = useDevice()

const [N, C, HIDDEN, UNITS, K] = [3, 20, 300, 40, 8]
const SOFTWARE = { ...BASE_CAPS, software: true }
const LIMIT = 4096 // bytes: 25 rows of the middle kernel, 3 of the first

/** Two dense layers with kernels over the limit, and a small one. */
function network(): Network {
  const input = layers.input({ shape: [C] })
  let x = layers.dense({ units: HIDDEN, activation: 'relu', name: 'first' }).apply(input)
  x = layers.dense({ units: UNITS, activation: 'relu', name: 'middle' }).apply(x)
  const made = new Network({ inputs: input, outputs: layers.dense({ units: K, activation: 'softmax', name: 'last' }).apply(x) })
  made.weights.forEach((w, i) => (w.source = fromArray(w.shape, quarters(w.shape, i + 1))))
  return made
}

const train = (optimizer: Optimizer, steps: number, maxTensorBytes: number) =>
  trainedUnder(maxTensorBytes, { network: network(), optimizer, samples: N, steps })

describe('weights over the binding limit', () => {
  test('are split into a chain that adds up to the same', async () => {
    const g = new Graph()
    const [x, w, b] = [g.input('x', [N, HIDDEN]), g.parameter(weight([HIDDEN, UNITS])), g.parameter(weight([UNITS]))]
    g.outputs.set('y', g.add(dense, [x, w, b], { activation: 'relu' }))
    expect(opNames(lower(g, LIMIT, SOFTWARE))).toEqual(Array<string>(12).fill('dense'))
    const feed = { x: values([N, HIDDEN], 5).data }
    const whole = (await runGraph(device(), g, feed))['y']!
    const small = await openDevice({ gpu: await openGpu(), maxTensorBytes: LIMIT })
    const parts = (await runGraph(small, g, feed))['y']!
    expect(small.live.buffers).toBe(0)
    small.dispose()
    const bound = 2 * (HIDDEN + 4) * 2 ** -23 * HIDDEN
    whole.forEach((v, i) => expect(Math.abs(v - parts[i]!)).toBeLessThan(bound))
  })

  test('are trained in parts: no tensor of the step exceeds the limit', () => {
    const optimizer = adam()
    const g = lower(trainingGraph(lossGraph(network(), classification(K), N, true), updatingBy(optimizer)), LIMIT, SOFTWARE)
    const alive = reachable(g)
    for (const n of g.nodes) if (alive.has(n.id)) expect(4 * sizeOf(n.shape), n.name).toBeLessThanOrEqual(LIMIT)
    const count = (op: string) => opNames(g).filter((name) => name === op).length
    expect(count('optimize')).toBe(7 + 12 + 4) // the first kernel is 7 ranges of 3 rows, the middle one 12 of 25
  })

  test('are trained in parts where gradients are added up before: no tensor of both graphs exceeds the limit', () => {
    const sums = new Map<Parameter, Parameter>()
    const sumOf = (w: Parameter) => {
      if (!sums.has(w)) sums.set(w, new Parameter(w.layer, `${w.name}/gradient`, filled(w.shape, 0)))
      return sums.get(w)!
    }
    const step = accumulatingGraph(lossGraph(network(), classification(K), N, true), sumOf)
    const update = updatingGraph(sums.keys(), sumOf, updatingBy(adam({ globalClipnorm: 1 })))
    const [runs, updates] = [step, update].map((g) => lower(g, LIMIT, SOFTWARE)) as [Graph, Graph]
    for (const g of [runs, updates]) {
      const alive = reachable(g)
      for (const n of g.nodes) if (alive.has(n.id)) expect(4 * sizeOf(n.shape), n.name).toBeLessThanOrEqual(LIMIT)
    }
    const count = (g: Graph, op: string) => opNames(g).filter((name) => name === op).length
    expect([count(runs, 'accumulate'), count(updates, 'optimize'), count(updates, 'squareSum')]).toEqual([23, 23, 23])
  })

  test.each([sgd(), sgd({ momentum: 0.9, nesterov: true }), adam()])(
    'train to the same bits, moments too ($name, %#)',
    async (optimizer) => {
      // One step on values that are exact in any order of summation; behind them every element is one sum over the batch.
      const [whole, parts] = [await train(optimizer, 1, 2 ** 24), await train(optimizer, 1, LIMIT)]
      for (const [path, values] of whole) expect(parts.get(path), path).toEqual(values)
    },
  )

  test('train to the same values over several steps', async () => {
    const optimizer = sgd({ momentum: 0.9, learningRate: 0.01 })
    const [whole, parts] = [await train(optimizer, 5, 2 ** 24), await train(optimizer, 5, LIMIT)]
    // Sums of at most 300 products of values below 1, five times over, of which a hundredth changes a weight.
    const bound = 5 * 0.01 * 2 * 304 * 2 ** -23 * 300
    for (const [path, values] of whole) {
      const worst = values.reduce((m, v, i) => Math.max(m, Math.abs(v - parts.get(path)![i]!)), 0)
      expect(worst, path).toBeLessThan(path.startsWith('metrics') ? 1e-3 : bound)
    }
  })

  test('used twice: the gradients of both uses are added in parts', async () => {
    const w = new Parameter('layer', 'w', fromArray([UNITS, UNITS], quarters([UNITS, UNITS], 3)), true)
    const g = new Graph()
    const node = g.parameter(w)
    const apply = (x: Node) => g.add(dense, [x, node], { activation: 'linear' })
    const y = apply(apply(g.input('x', [N, UNITS])))
    const dw = gradients(g, y, g.input('dy', y.shape), [node]).get(node)!
    g.update(optimize, [dw, g.input('hyper', [6])], [w], DESCENT)
    const feed = { x: quarters([N, UNITS], 1), dy: quarters([N, UNITS], 2), hyper: hyperOf(0.5) }
    const after = async (maxTensorBytes: number) => {
      const small = await openDevice({ gpu: await openGpu(), maxTensorBytes })
      const store = parameterStoreOf(small)
      await store.load(new Set([w]))
      const plan = await Plan.compile(store, g)
      await plan.run(feed)
      const values = await store.read(w)
      plan.dispose()
      store.release(new Set([w]))
      small.dispose()
      return values
    }
    expect(opNames(lower(g, LIMIT, SOFTWARE)).filter((name) => name === 'combine')).toHaveLength(2)
    expect(await after(LIMIT)).toEqual(await after(2 ** 24))
  })

  test('a gradient that is asked for as a whole is refused by name', () => {
    const g = new Graph()
    const w = g.parameter(weight([HIDDEN, UNITS], { trainable: true }))
    const y = g.add(dense, [g.input('x', [N, HIDDEN]), w], { activation: 'linear' })
    g.scope = ''
    const dw = gradients(g, y, g.input('dy', y.shape), [w]).get(w)!
    const rule = 'a tensor used here must fit one binding of 4096 bytes, got 48000 bytes'
    g.outputs.set('dw', dw)
    expect(() => lower(g, LIMIT, SOFTWARE)).toThrow(rule)
    g.outputs.set('dw', g.view(dw, [HIDDEN * UNITS]))
    expect(() => lower(g, LIMIT, SOFTWARE)).toThrow(rule)
    g.outputs.set('dw', g.add(transpose, [dw], { axes: [1, 0] }))
    expect(() => lower(g, LIMIT, SOFTWARE)).toThrow(rule)
  })
})

describe('column sums', () => {
  const sum = (rows: number, attrs: ColumnSumAttrs = {}) => {
    const g = new Graph()
    g.outputs.set('y', g.add(columnSum, [g.input('x', [rows, 3])], attrs))
    return g
  }

  test('of many rows are made in two stages, each thread with as many rows as there are sums', () => {
    expect(opNames(lower(sum(512), LIMIT, SOFTWARE))).toEqual(['columnSum'])
    const g = lower(sum(400_000), 2 ** 30, SOFTWARE)
    expect(g.nodes.map((n) => n.shape)).toEqual([[400_000, 3], [632, 3], [3]])
  })

  test('of many rows each, so that no sum of the first stage reaches into the next group', () => {
    const shapes = (rows: number, each: number) => lower(sum(rows, { rows: each }), 2 ** 30, SOFTWARE).nodes.map((n) => n.shape[0])
    expect(shapes(4 * 12_544, 12_544)).toEqual([50_176, 448, 4]) // 112 rows at a time
    expect(shapes(3 * 521, 521)).toEqual([1563, 3]) // a prime: in one go
  })

  test.each([513, 4097, 40_000])('of %d rows', async (rows) => {
    const x = values([rows, 3], rows)
    const { y } = await runGraph(device(), sum(rows), { x: x.data })
    expectClose(y!, columnSumReference([x]))
  })

  test('of many rows each', async () => {
    const x = values([3 * 1000, 3], 1)
    const { y } = await runGraph(device(), sum(3000, { rows: 1000 }), { x: x.data })
    expectClose(y!, columnSumReference([x], { rows: 1000 }))
  })
})

describe('the moments of a batch, and the sums of their gradient', () => {
  const both = (rows: number) => {
    const g = new Graph()
    const [x, dy, m] = [g.input('x', [rows, 3]), g.input('dy', [rows, 3]), g.input('moments', [2, 3])]
    g.outputs.set('y', g.add(moments, [x], {}))
    g.outputs.set('dw', g.add(batchNormTrainGradW, [x, dy, m], { epsilon: 1e-3 }))
    return g
  }
  const shapes = (rows: number, op: string) =>
    lower(both(rows), 2 ** 30, SOFTWARE).nodes.flatMap((n) => (n.kind === 'op' && n.op.name === op ? [n.shape] : []))

  test('are made in as many stages as it takes for threads to have few rows each', () => {
    expect(shapes(96, 'moments')).toEqual([[2, 3]])
    expect(shapes(9216, 'moments')).toEqual([
      [96, 2, 3],
      [2, 3],
    ])
    expect(shapes(401_408, 'moments')).toEqual([
      [5425, 2, 3],
      [74, 2, 3],
      [2, 3],
    ])
    expect(shapes(401_408, 'batchNormTrainGradW')).toEqual([[5425, 2, 3]])
    expect(shapes(401_408, 'columnSum')).toEqual([[74, 6], [6]])
  })

  test.each([97, 9217, 30_000])('of %d rows', async (rows) => {
    const [x, dy] = [values([rows, 3], rows, 1e4 - 1, 1e4 + 1), values([rows, 3], 1)]
    const m = momentsOf(x)
    const { y, dw } = await runGraph(device(), both(rows), { x: x.data, dy: dy.data, moments: m.data })
    expectClose(y!, momentsReference([x], {}, 3))
    expectClose(dw!, batchNormTrainGradWReference([x, dy, m], { epsilon: 1e-3 }))
  })
})

describe('the moments and sums of rows that a sample is normalised by', () => {
  const both = (shape: Shape) => {
    const g = new Graph()
    const [x, dy, m] = [g.input('x', shape), g.input('dy', shape), g.input('moments', [2, shape[0]!])]
    g.outputs.set('y', g.add(layerNormMoments, [x], { axes: [1] }))
    g.outputs.set('sums', g.add(layerNormSums, [x, undefined, m, dy], { axes: [1], kind: 'standard' }))
    return g
  }

  test('are made in parts where rows are few and long', () => {
    expect(opNames(lower(both([1024, 4096]), 2 ** 30, SOFTWARE))).toEqual(['layerNormMoments', 'layerNormSums'])
    expect(opNames(lower(both([3, 400]), 2 ** 30, SOFTWARE))).toEqual(['layerNormMoments', 'layerNormSums'])
    const parts = ['layerNormMoments', 'moments', 'layerNormSums', 'columnSum']
    expect(opNames(lower(both([3, 9001]), 2 ** 30, SOFTWARE))).toEqual(parts)
    expect(opNames(lower(both([3, 9001]), 2 ** 30, BASE_CAPS))).toEqual(['layerNormMoments', 'layerNormSums'])
    expect(opNames(lower(both([3, 90_010]), 2 ** 30, BASE_CAPS))).toEqual(parts)
  })

  test.each([9001, 9004])('of %d values', async (n) => {
    const [x, dy] = [values([3, n], n, 999, 1001), values([3, n], 1)]
    const m = layerMomentsOf(x, { axes: [1] })
    const { y, sums } = await runGraph(device(), both([3, n]), { x: x.data, dy: dy.data, moments: m.data })
    expectClose(y!, layerNormMomentsReference([x], { axes: [1] }))
    expectClose(sums!, layerNormSumsReference([x, undefined, m, dy], { axes: [1], kind: 'standard' }))
  })
})

describe('the gradient of a convolution by its filters', () => {
  const [x, dy] = [values([2, 40, 33, 4], 1), values([2, 40, 33, 20], 2)]
  const attrs: Conv2dGradWAttrs = { strides: [1, 1], padding: 'same', groups: 1, filter: [3, 3] }
  const graph = () => {
    const g = new Graph()
    g.outputs.set('dw', g.add(conv2dGradW, [g.input('x', x.shape), g.input('dy', dy.shape)], attrs))
    return g
  }

  test('is summed in slices on a GPU where few workgroups would share a long sum', () => {
    expect(opNames(lower(graph(), 2 ** 30, BASE_CAPS))).toEqual(['conv2dGradW', 'columnSum'])
    expect(lower(graph(), 2 ** 30, BASE_CAPS).nodes.map((n) => n.shape)).toContainEqual([5, 3, 3, 4, 20])
    expect(opNames(lower(graph(), 2 ** 30, SOFTWARE))).toEqual(['conv2dGradW'])
  })

  test('has the same value in slices', async () => {
    const { dw } = await runGraph(device(), lower(graph(), 2 ** 30, BASE_CAPS), { x: x.data, dy: dy.data })
    expectClose(dw!, conv2dGradWReference([x, dy], attrs))
  })
})
