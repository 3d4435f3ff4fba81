/** Updates that run as one: which are, to the same bits, and parameters that lie behind each other. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { BASE_CAPS } from '../../src/caps.ts'
import { Graph, type Node } from '../../src/graph/graph.ts'
import { lower } from '../../src/graph/lower.ts'
import { accumulate } from '../../src/kernels/accumulate.ts'
import { combine } from '../../src/kernels/combine.ts'
import { constrain } from '../../src/kernels/constrain.ts'
import type { Op } from '../../src/kernels/kernel.ts'
import { optimize } from '../../src/kernels/optimize/optimize.ts'
import { squareSum } from '../../src/kernels/square_sum.ts'
import { vectorSquares } from '../../src/kernels/vector_squares.ts'
import { layers } from '../../src/layers/index.ts'
import type { Network } from '../../src/layers/network.ts'
import { inceptionV3 } from '../../src/models/inception.ts'
import { resnet50 } from '../../src/models/resnet.ts'
import { fromArray, Parameter } from '../../src/parameter.ts'
import { programOf } from '../../src/plan/layout.ts'
import type { PackOptions } from '../../src/plan/pack.ts'
import { parameterStoreOf } from '../../src/plan/parameter_store.ts'
import { Plan } from '../../src/plan/plan.ts'
import { snapshot } from '../../src/plan/snapshot.ts'
import { sizeOf, type Shape } from '../../src/shape.ts'
import { lossGraph } from '../../src/training/graphs.ts'
import { Model } from '../../src/training/model.ts'
import * as optimizers from '../../src/training/optimizers/index.ts'
import { adam, sgd, type Optimizer } from '../../src/training/optimizers/index.ts'
import { accumulatingGraph, trainingGraph, updatingGraph } from '../../src/training/step_graphs.ts'
import { DESCENT, hyperOf } from '../support/descent.ts'
import { useDevice } from '../support/device.ts'
import { classification, updatingBy } from '../support/objective.ts'
import { weight } from '../support/graphs.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const SUM = { kind: 'add', activation: 'linear' } as const
const SHAPES: Shape[] = [[5], [64], [1], [3, 3, 7], [130], [6]]

afterEach(() => {
  expect(device().live.buffers).toBe(0)
})

/** Gradients that ops compute of inputs: twice what is given. */
function gradientsOf(g: Graph, weights: readonly Parameter[]): Node[] {
  return weights.map((w, i) => {
    const x = g.input(`g${i}`, w.shape)
    return g.add(combine, [x, x], SUM)
  })
}

/** @param apart whether gradients are read from outside, and so in tensors of their own */
function stepOf(optimizer: Optimizer, weights: readonly Parameter[], state: ReadonlyMap<Parameter, readonly Parameter[]>, apart: boolean) {
  const g = new Graph()
  const hyper = g.input('hyper', [optimizer.hyperSize])
  const grads = gradientsOf(g, weights)
  if (apart) grads.forEach((dw, i) => g.outputs.set(`dw${i}`, dw))
  const trained = weights.map((w, i) => ({ weight: g.parameter(w), dw: grads[i]!, state: state.get(w)! }))
  optimizer.apply(g, trained, hyper)
  return g
}

const weightsOf = () => SHAPES.map((shape, i) => new Parameter('layer', `w${i}`, fromArray(shape, values(shape, i + 1).data), true))

/** Weights and state after three steps, and how many updates a step has. */
async function stepped(optimizer: Optimizer, apart: boolean) {
  const store = parameterStoreOf(device())
  const weights = weightsOf()
  const state = new Map(weights.map((w) => [w, optimizer.state(w)]))
  const all = weights.flatMap((w) => [w, ...state.get(w)!])
  await store.load(new Set(all))
  const graph = stepOf(optimizer, weights, state, apart)
  const plan = await Plan.compile(store, graph)
  for (let step = 1; step <= 3; step++) {
    const given = Object.fromEntries(weights.map((w, i) => [`g${i}`, values(w.shape, 10 * step + i).data]))
    await plan.run({ hyper: optimizer.hyper(step), ...given }, [])
  }
  const found = await Promise.all(all.map((p) => store.read(p)))
  plan.dispose()
  store.release(new Set(all))
  return { found, updates: updatesOf(graph, NO_LIMIT, optimize).length }
}

const OPTIMIZERS: Record<string, () => Optimizer> = {
  sgd: () => sgd({ learningRate: 0.5 }),
  'sgd with momentum': () => sgd({ learningRate: 0.5, momentum: 0.5, nesterov: true }),
  rmsprop: () => optimizers.rmsprop({ momentum: 0.5, centered: true }),
  adagrad: () => optimizers.adagrad(),
  adadelta: () => optimizers.adadelta(),
  adam: () => adam(),
  'amsgrad with an average': () => adam({ amsgrad: true, useEma: true, emaOverwriteFrequency: 2 }),
  'adam with clipped values and decay': () => adam({ clipvalue: 0.5, weightDecay: 0.125 }),
  adamw: () => optimizers.adamw(),
  adamax: () => optimizers.adamax(),
  nadam: () => optimizers.nadam(),
  lion: () => optimizers.lion(),
  'adam by the norm of all': () => adam({ globalClipnorm: 0.5 }),
}

test.each(Object.entries(OPTIMIZERS))('%s: weights together have the bits that they have one by one', async (_, optimizer) => {
  const [together, apart] = [await stepped(optimizer(), false), await stepped(optimizer(), true)]
  expect(together.found).toEqual(apart.found)
  expect([together.updates, apart.updates]).toEqual([1, SHAPES.length])
})

const NO_LIMIT: PackOptions = { maxTensorBytes: Infinity }

/** Elements of what each update of a graph changes, in order: several numbers for one that is of several. @param by the op Default: any */
function updatesOf(g: Graph, options: PackOptions = NO_LIMIT, by?: Op): number[][] {
  return programOf(g, options).steps.flatMap(({ op, updates: [w] }) => {
    if (!w || (by && op !== by)) return []
    return [w.kind === 'pack' ? w.inputs.map((n) => sizeOf(n.shape)) : [sizeOf(w.shape)]]
  })
}

describe('updates stay apart', () => {
  function graphOf(add: (g: Graph, hyper: Node, update: (w: Parameter, dw: Node, attrs?: object) => void) => void): Graph {
    const g = new Graph()
    const hyper = g.input('hyper', [6])
    add(g, hyper, (w, dw, attrs) => void g.update(optimize, [dw, hyper], [w], { ...DESCENT, ...attrs }))
    return g
  }
  const [a, b, c, d] = [weight([3]), weight([4]), weight([5]), weight([5])] as const

  test('where they are made in another way', () => {
    const g = graphOf((g, _, update) => {
      const grads = gradientsOf(g, [a, b, c, d])
      ;[a, b, c, d].forEach((w, i) => update(w, grads[i]!, { decay: i % 2 }))
    })
    expect(updatesOf(g)).toEqual([
      [3, 5],
      [4, 5],
    ])
  })

  test('where each has a norm of its own', () => {
    const g = graphOf((g, hyper) => {
      const grads = gradientsOf(g, [a, b])
      for (const [i, w] of [a, b].entries())
        g.update(optimize, [grads[i]!, hyper, g.add(squareSum, [grads[i]!], {})], [w], { ...DESCENT, norm: 1 })
    })
    expect(updatesOf(g)).toEqual([[3], [4]])
  })

  test('where one gradient is made of another, or is that of two weights', () => {
    const made = graphOf((g, _, update) => {
      const [dc] = gradientsOf(g, [c]) as [Node]
      update(c, dc)
      update(d, g.add(combine, [dc, dc], SUM))
    })
    expect(updatesOf(made)).toEqual([[5], [5]])
    const shared = graphOf((g, _, update) => {
      const [dc] = gradientsOf(g, [c]) as [Node]
      update(c, dc)
      update(d, dc)
    })
    expect(updatesOf(shared)).toEqual([[5], [5]])
  })

  test('where something reads or changes a weight between them', () => {
    const constrained = graphOf((g, _, update) => {
      const [da, db] = gradientsOf(g, [a, b]) as [Node, Node]
      update(a, da)
      g.update(constrain, [], [a], { axes: [1, 3, 1], bounds: 'positive' })
      update(b, db)
    })
    expect(updatesOf(constrained)).toEqual([[3], [3], [4]])
    const twice = graphOf((g, _, update) => {
      const grads = gradientsOf(g, [a, b, a]) as [Node, Node, Node]
      ;[a, b, a].forEach((w, i) => update(w, grads[i]!))
    })
    expect(updatesOf(twice)).toEqual([[3], [3], [4]])
  })

  test('and lengths are taken of a weight that its update has left', () => {
    const g = graphOf((g, _, update) => {
      const grads = gradientsOf(g, [a, b]) as [Node, Node]
      ;[a, b].forEach((w, i) => update(w, grads[i]!))
      const axes = [1, 3, 1]
      g.update(constrain, [g.add(vectorSquares, [g.parameter(a)], { axes })], [a], { axes, bounds: { low: 0, high: 1, rate: 1 } })
    })
    const order = programOf(g, NO_LIMIT).steps.map(({ op }) => op.name)
    expect(order.slice(-3)).toEqual(['optimize', 'vectorSquares', 'constrain'])
  })

  test('where an update reads the weight of another: one dispatch may not read and write one buffer', () => {
    const g = graphOf((g, _, update) => {
      const grads = gradientsOf(g, [a, b, c])
      ;[a, b, c].forEach((w, i) => update(w, grads[i]!))
      update(d, g.parameter(c))
      g.update(accumulate, [g.parameter(b), g.input('before', [1], 'u32')], [weight([4])], {})
    })
    expect(updatesOf(g).sort()).toEqual([[3], [4], [4], [5], [5]])
  })

  test('where the weights exceed the largest of them, or a binding', () => {
    const large = [2 ** 19, 2 ** 19, 2 ** 18, 2 ** 18, 7].map((size) => weight([size]))
    const g = graphOf((g, _, update) => {
      const grads = gradientsOf(g, large)
      large.forEach((w, i) => update(w, grads[i]!))
    })
    expect(updatesOf(g)).toEqual([[2 ** 19], [2 ** 19], [2 ** 18, 2 ** 18], [7]])
    expect(updatesOf(g, { maxTensorBytes: 2 ** 20 + 256 })).toEqual([[2 ** 19], [2 ** 19], [2 ** 18], [2 ** 18, 7]])
  })
})

describe('parameters behind each other', () => {
  test('are read, written, copied, loaded again and let go of one by one', async () => {
    const store = parameterStoreOf(device())
    const weights = weightsOf()
    const [first, second] = weights as [Parameter, Parameter]
    await store.load(new Set(weights))
    await store.together([weights])
    const { moves } = store
    await store.together([weights, weights.slice(1, 3)])
    expect([store.moves, device().live.buffers]).toEqual([moves, 1])
    const original = weights.map((w) => values(w.shape, weights.indexOf(w) + 1).data)
    expect(await Promise.all(weights.map((w) => store.read(w)))).toEqual(original)
    expect(await (await snapshot(store, weights)).values).toEqual(original)

    store.write(second, new Float32Array(64).fill(7))
    const spare = weight([5])
    await store.load(new Set([spare]))
    store.copy([[spare, first]])
    expect(await store.read(first)).toEqual(await store.read(spare))
    expect(await store.read(weights[2]!)).toEqual(original[2])

    second.source = fromArray([64], values([64], 99).data)
    await store.reload([second])
    expect(await store.read(second)).toEqual(values([64], 99).data)
    expect(await store.read(weights[2]!)).toEqual(original[2])

    store.release(new Set([first, spare]))
    expect(await store.read(second)).toEqual(values([64], 99).data)
    store.release(new Set(weights.slice(1)))
  })

  test('are put there one group after the other, so that no more than one is there twice', async () => {
    const store = parameterStoreOf(device())
    const groups = [1, 2, 3].map(() => [weight([65_536]), weight([65_536])])
    await store.load(new Set(groups.flat()))
    const { bytes } = device().live
    const made: number[] = []
    const create = device().gpu.createBuffer.bind(device().gpu)
    const spy = vi.spyOn(device().gpu, 'createBuffer').mockImplementation((descriptor) => {
      made.push(device().live.bytes + descriptor.size)
      return create(descriptor)
    })
    await store.together(groups)
    spy.mockRestore()
    expect(made).toEqual(groups.map(() => bytes + bytes / 3))
    expect(device().live).toEqual({ buffers: 3, bytes })
    store.release(new Set(groups.flat()))
  })

  test('are where the last of several plans wants them, and each plan finds them', async () => {
    const store = parameterStoreOf(device())
    const weights = weightsOf()
    await store.load(new Set(weights))
    const none = new Map(weights.map((w) => [w, []]))
    const optimizer = sgd({ learningRate: 0.5 })
    const orders = [weights, [...weights].reverse()]
    const plans = await Promise.all(orders.map((some) => Plan.compile(store, stepOf(optimizer, some, none, false))))
    const before = await Promise.all(weights.map((w) => store.read(w)))
    for (const at of [0, 1, 0]) {
      const given = Object.fromEntries(orders[at]!.map((w, i) => [`g${i}`, new Float32Array(sizeOf(w.shape)).fill(1)]))
      await plans[at]!.run({ hyper: hyperOf(0.5), ...given }, [])
    }
    const after = await Promise.all(weights.map((w) => store.read(w)))
    expect(after).toEqual(before.map((v) => v.map((x) => Math.fround(Math.fround(x - 1) - 1) - 1)))
    for (const plan of plans) plan.dispose()
    store.release(new Set(weights))
  })
})

describe('once they are put together, parameters stay where they are', () => {
  const settings: [string, () => Optimizer][] = [
    ['alike', () => adam({ useEma: true })],
    ['some with decay', () => optimizers.adamw({ excludeFromWeightDecay: ['bias'] })],
  ]
  test.each(settings)('of a batch, of its parts and of a smaller one; weights %s', async (_, optimizer) => {
    const input = layers.input({ shape: [3] })
    const hidden = ['a', 'b', 'c'].reduce((x, name) => layers.dense({ units: 3, activation: 'relu', name }).apply(x), input)
    using model = new Model({ inputs: input, outputs: layers.dense({ units: 2, name: 'out' }).apply(hidden) })
    await model.compile({ device: device(), optimizer: optimizer(), loss: 'meanSquaredError' })
    const store = parameterStoreOf(device())
    for (const microBatch of [8, 3]) {
      const moves: number[] = []
      const onProgress = () => void moves.push(store.moves)
      await model.fit({ x: values([20, 3], 1), y: values([20, 2], 2) }, { batchSize: 8, microBatch, epochs: 3, onProgress })
      expect(moves).toHaveLength(9)
      expect(new Set(moves).size).toBe(1)
    }
  })
})

describe.each([
  ['InceptionV3', inceptionV3, 190],
  ['ResNet50', resnet50, 214],
] as const)('a step that trains all of %s', async (_, build, weights) => {
  const trunk: Network = await build({ includeTop: false, pooling: 'avg', inputShape: [96, 96, 3], weights: null })
  const model = new Model({ inputs: trunk.input, outputs: layers.dense({ units: 10, activation: 'softmax' }).apply(trunk.outputs[0]!) })
  const loss = () => lossGraph(model, classification(10), 2, true)
  const lowered = (g: Graph) => lower(g, 2 ** 27, BASE_CAPS)
  /** How many dispatches update so many weights. */
  const count = (g: Graph, op: Op<never>) => {
    const all = updatesOf(lowered(g), NO_LIMIT, op)
    return { dispatches: all.length, weights: all.flat().length }
  }

  test.each([
    ['Adam', adam(), 24],
    ['decay of kernels alone', optimizers.adamw({ excludeFromWeightDecay: ['bias', 'gamma', 'beta'] }), 28],
    ['the norm of all', sgd({ globalClipnorm: 1 }), 24],
  ])('has few updates: %s', (_, optimizer, most) => {
    const all = count(trainingGraph(loss(), updatingBy(optimizer)), optimize)
    console.log(`${all.weights} weights in ${all.dispatches} dispatches`)
    expect(all.weights).toBe(weights)
    expect(all.dispatches).toBeLessThanOrEqual(most)
  })

  test('in parts, too', () => {
    const trained = model.weights.filter((w) => w.trainable)
    const sums = new Map(trained.map((w) => [w, new Parameter(w.layer, 'sum', w.source)]))
    const sumOf = (w: Parameter) => sums.get(w)!
    expect(sums.size).toBe(weights)
    expect(count(accumulatingGraph(loss(), sumOf), accumulate).dispatches).toBeLessThanOrEqual(24)
    expect(count(updatingGraph(sums.keys(), sumOf, updatingBy(adam())), optimize).dispatches).toBeLessThanOrEqual(24)
  })
})
