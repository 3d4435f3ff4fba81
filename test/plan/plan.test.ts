/** Plans: folding, fusion, splitting, replay, determinism, limits, ownership. */
import { describe, expect, test } from 'vitest'
import { openDevice } from '../../src/device/device.ts'
import { parameterStoreOf } from '../../src/plan/parameter_store.ts'
import { Graph, reachable, type OpNode } from '../../src/graph/graph.ts'
import { fromArray, Parameter } from '../../src/parameter.ts'
import { Plan, type PlanInputs } from '../../src/plan/plan.ts'
import { simplify, splitLargeDense } from '../../src/graph/transforms.ts'
import { add } from '../../src/kernels/add.ts'
import { batchNorm } from '../../src/kernels/batch_norm.ts'
import { conv2d } from '../../src/kernels/conv2d/conv2d.ts'
import { dense } from '../../src/kernels/dense/dense.ts'
import { relu } from '../../src/kernels/relu.ts'
import { sizeOf, type Shape } from '../../src/shape.ts'
import { useDevice } from '../support/device.ts'
import { openGpu } from '../support/gpu.ts'
import { values } from '../support/values.ts'

const device = useDevice()
const CONV = { strides: [1, 1] as const, padding: 'same' as const, groups: 1, activation: 'linear' as const }
let seed = 0
const weight = (shape: Shape, low = -1) => new Parameter('layer', `w${++seed}`, fromArray(shape, values(shape, seed, low, 1).data))

/** What a plan would run. */
function opNames(g: Graph): string[] {
  const alive = reachable(g)
  return g.nodes.filter((n): n is OpNode => n.kind === 'op' && alive.has(n.id)).map((n) => n.op.name)
}

function parametersOf(g: Graph): Set<Parameter> {
  return new Set(g.nodes.flatMap((n) => (n.kind === 'parameter' ? [n.parameter] : [])))
}

async function evaluate(g: Graph, inputs: PlanInputs): Promise<Record<string, Float32Array>> {
  const store = parameterStoreOf(device())
  const parameters = parametersOf(g)
  await store.load(parameters)
  try {
    const plan = await Plan.compile(store, g)
    try {
      return await plan.run(inputs)
    } finally {
      plan.dispose()
    }
  } finally {
    store.release(parameters)
  }
}

/** conv, batch norm, residual add, relu: what ResNets are made of. */
function residualBlock(): Graph {
  const g = new Graph()
  const x = g.input('x', [2, 5, 7, 8])
  const p = (shape: Shape, low?: number) => g.parameter(weight(shape, low))
  const y = g.add(conv2d, [x, p([3, 3, 8, 8]), p([8])], CONV)
  const n = g.add(batchNorm, [y, p([8]), p([8]), p([8]), p([8], 0.5)], { epsilon: 1e-3 })
  g.outputs.set('y', g.add(relu, [g.add(add, [x, n], { activation: 'linear' })], {}))
  return g
}

describe('transforms', () => {
  test('a residual block becomes one convolution, and weights alone make its scaled kernel', () => {
    expect(opNames(simplify(residualBlock()))).toEqual(['foldBatchNormScale', 'scaleChannels', 'foldBatchNormShift', 'conv2d'])
  })

  test('the folded and fused block computes the same', async () => {
    const g = residualBlock()
    const x = values([2, 5, 7, 8], 77).data
    const [plain, fused] = [await evaluate(g, { x }), await evaluate(simplify(g), { x })]
    // Two roundings of sums of 73 products of values below 1, scaled by at most 1 / sqrt(0.5).
    const bound = 2 * 80 * 2 ** -23 * 80
    plain['y']!.forEach((v, i) => expect(Math.abs(v - fused['y']![i]!)).toBeLessThan(bound))
  })

  test('what another node reads, or the caller, is not fused away', () => {
    const g = new Graph()
    const y = g.add(conv2d, [g.input('x', [1, 4, 4, 4]), g.parameter(weight([1, 1, 4, 4]))], CONV)
    g.outputs.set('y', y)
    g.outputs.set('z', g.add(relu, [y], {}))
    expect(opNames(simplify(g))).toEqual(['conv2d', 'relu'])
  })
})

describe('weights over the binding limit', () => {
  const C = 300
  const K = 40
  const LIMIT = 4096 // bytes: 25 rows
  const graph = () => {
    const g = new Graph()
    g.outputs.set('y', g.add(dense, [g.input('x', [3, C]), g.parameter(weight([C, K])), g.parameter(weight([K]))], { activation: 'relu' }))
    return g
  }

  test('are split into a chain that adds up to the same', async () => {
    const g = graph()
    const split = splitLargeDense(g, LIMIT)
    expect(opNames(split)).toEqual(Array<string>(12).fill('dense'))
    const x = values([3, C], 5).data
    const whole = (await evaluate(g, { x }))['y']!
    const small = await openDevice({ gpu: await openGpu(), maxTensorBytes: LIMIT })
    const store = parameterStoreOf(small)
    const parameters = parametersOf(g)
    await store.load(parameters)
    const plan = await Plan.compile(store, g)
    const parts = (await plan.run({ x }))['y']!
    plan.dispose()
    store.release(parameters)
    expect(small.live.buffers).toBe(0)
    small.dispose()
    const bound = 2 * (C + 4) * 2 ** -23 * C
    whole.forEach((v, i) => expect(Math.abs(v - parts[i]!)).toBeLessThan(bound))
  })
})

describe('runs', () => {
  test('are bit-equal, one after the other and all at once', async () => {
    const g = simplify(residualBlock())
    const store = parameterStoreOf(device())
    const parameters = parametersOf(g)
    await store.load(parameters)
    const plan = await Plan.compile(store, g)
    const x = values([2, 5, 7, 8], 3).data
    const first = await plan.run({ x })
    const again = await Promise.all([plan.run({ x }), plan.run({ x: new Float32Array(x.length) }), plan.run({ x })])
    expect(again[0]).toEqual(first)
    expect(again[2]).toEqual(first)
    expect(again[1]).not.toEqual(first)
    plan.dispose()
    plan.dispose()
    await expect(plan.run({ x })).rejects.toThrow('got a disposed plan')
    store.release(parameters)
  })

  test('folded weights follow their sources', async () => {
    const g = simplify(residualBlock())
    const store = parameterStoreOf(device())
    const parameters = parametersOf(g)
    await store.load(parameters)
    const plan = await Plan.compile(store, g)
    const x = values([2, 5, 7, 8], 3).data
    const first = await plan.run({ x })
    const kernel = [...parameters].find((p) => p.shape.length === 4)!
    const old = await store.read(kernel)
    store.write(kernel, new Float32Array(sizeOf(kernel.shape)))
    expect(await plan.run({ x })).not.toEqual(first)
    store.write(kernel, old)
    expect(await plan.run({ x })).toEqual(first)
    plan.dispose()
    store.release(parameters)
  })

  test('inputs that are missing, unknown or of the wrong length are refused by name', async () => {
    const g = new Graph()
    g.outputs.set('y', g.add(relu, [g.input('x', [2, 3])], {}))
    const plan = await Plan.compile(parameterStoreOf(device()), g)
    await expect(plan.run({})).rejects.toThrow('[plan] input x must have 6 values, got none')
    await expect(plan.run({ x: new Float32Array(5) })).rejects.toThrow('[plan] input x must have 6 values, got 5')
    await expect(plan.run({ x: new Float32Array(6), z: new Float32Array(1) })).rejects.toThrow('an input must be one of x, got z')
    await expect(plan.run({ x: new Float32Array(6) }, ['loss'])).rejects.toThrow('an output must be one of y, got loss')
    plan.dispose()
  })
})

describe('limits', () => {
  test('a tensor over the limit is named with both sizes, and nothing stays allocated', async () => {
    const bytes = device().limits.maxBufferSize
    const g = new Graph()
    g.scope = 'big_layer'
    const big = [1, 4 * Math.floor(bytes / 16) + 64]
    g.outputs.set('y', g.add(relu, [g.input('x', big)], {}))
    const before = device().live
    await expect(Plan.compile(parameterStoreOf(device()), g)).rejects.toThrow(
      new RegExp(`must fit the adapter's limit of ${Math.min(device().maxTensorBytes, bytes)} bytes, got ${4 * big[1]!} bytes`),
    )
    expect(device().live).toEqual(before)
  })
})
