/** Plans: replay, determinism, limits, ownership. */
import { describe, expect, test, vi } from 'vitest'
import { foldBatchNorm } from '../../src/graph/fold.ts'
import { fuseEpilogues } from '../../src/graph/fuse.ts'
import { Graph } from '../../src/graph/graph.ts'
import { activation } from '../../src/kernels/activation/activation.ts'
import { combine } from '../../src/kernels/combine.ts'
import { globalAvgPool } from '../../src/kernels/global_avg_pool.ts'
import { maxPool } from '../../src/kernels/max_pool.ts'
import { parameterStoreOf } from '../../src/plan/parameter_store.ts'
import { Plan } from '../../src/plan/plan.ts'
import { sizeOf } from '../../src/shape.ts'
import { globalAvgPoolReference, maxPoolReference } from '../reference/pooling.ts'
import { expectClose } from '../support/close.ts'
import { useDevice } from '../support/device.ts'
import { parametersOf, residualBlock, weight } from '../support/graphs.ts'
import { values } from '../support/values.ts'

const device = useDevice()

describe('runs', () => {
  test('are bit-equal, one after the other and all at once', async () => {
    const g = fuseEpilogues(foldBatchNorm(residualBlock()))
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

  test('tell layers that share a pipeline their own sizes', async () => {
    const pools = [
      { poolSize: [3, 3], strides: [2, 2], padding: 'same' },
      { poolSize: [2, 1], strides: [1, 3], padding: 'valid' },
    ] as const
    const inputs = { a: values([2, 9, 7, 5], 1), b: values([1, 4, 13, 8], 2) }
    const g = new Graph()
    const nodes = Object.entries(inputs).map(([name, { shape }]) => g.input(name, shape))
    nodes.forEach((x, i) => {
      pools.forEach((pool, j) => g.outputs.set(`max${i}${j}`, g.add(maxPool, [x], pool)))
      g.outputs.set(`mean${i}`, g.add(globalAvgPool, [x], {}))
    })
    const asked = vi.spyOn(device(), 'pipeline')
    const plan = await Plan.compile(parameterStoreOf(device()), g)
    expect(asked).toHaveBeenCalledTimes(6)
    expect(new Set(asked.mock.calls.map((call) => call[2])).size).toBe(2)
    asked.mockRestore()
    const y = await plan.run({ a: inputs.a.data, b: inputs.b.data })
    Object.values(inputs).forEach((x, i) => {
      pools.forEach((pool, j) => expectClose(y[`max${i}${j}`]!, maxPoolReference([x], pool)))
      expectClose(y[`mean${i}`]!, globalAvgPoolReference([x]))
    })
    plan.dispose()
  })

  test('folded weights follow their sources', async () => {
    const g = fuseEpilogues(foldBatchNorm(residualBlock()))
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

  test('a parameter that was let go of and loaded again is found where it is then', async () => {
    const g = new Graph()
    const w = weight([5])
    g.outputs.set('y', g.add(combine, [g.input('x', [5]), g.parameter(w)], { kind: 'add', activation: 'linear' }))
    const store = parameterStoreOf(device())
    await store.load(new Set([w]))
    using plan = await Plan.compile(store, g)
    const x = values([5], 3).data
    const first = await plan.run({ x })
    store.release(new Set([w]))
    await expect(plan.run({ x })).rejects.toThrow(`[${w.path}] the weight must be on the device, got none`)
    await store.load(new Set([w]))
    expect(await plan.run({ x })).toEqual(first)
    store.release(new Set([w]))
  })

  test('inputs that are missing, unknown or of the wrong length are refused by name', async () => {
    const g = new Graph()
    g.outputs.set('y', g.add(activation, [g.input('x', [2, 3])], { activation: 'relu' }))
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
    g.outputs.set('y', g.add(activation, [g.input('x', big)], { activation: 'relu' }))
    const before = device().live
    await expect(Plan.compile(parameterStoreOf(device()), g)).rejects.toThrow(
      new RegExp(`must fit the adapter's limit of ${Math.min(device().maxTensorBytes, bytes)} bytes, got ${4 * big[1]!} bytes`),
    )
    expect(device().live).toEqual(before)
  })
})
