/** Runs that do not wait for each other, and weights that are prepared once for all. */
import { describe, expect, test, vi } from 'vitest'
import { Graph } from '../../src/graph/graph.ts'
import { activation } from '../../src/kernels/activation/activation.ts'
import { combine } from '../../src/kernels/combine.ts'
import { dropout } from '../../src/kernels/dropout.ts'
import { parameterStoreOf } from '../../src/plan/parameter_store.ts'
import { Plan } from '../../src/plan/plan.ts'
import { useDevice } from '../support/device.ts'
import { weight } from '../support/graphs.ts'
import { values } from '../support/values.ts'

const SUM = { kind: 'add', activation: 'linear' } as const

const device = useDevice()

function compileDouble(size: number): Promise<Plan> {
  const g = new Graph()
  const x = g.input('x', [size])
  g.outputs.set('y', g.add(combine, [x, x], SUM))
  return Plan.compile(parameterStoreOf(device()), g)
}

/** Lets everything happen that needs no GPU. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 20))

describe('runs under way', () => {
  test('are three at most, and the host does not wait for the first of them', async () => {
    using plan = await compileDouble(8)
    const finish: (() => void)[] = []
    const { queue } = device().gpu
    const done = vi
      .spyOn(queue, 'onSubmittedWorkDone')
      .mockImplementation(() => new Promise((resolve) => finish.push(() => resolve(undefined))))
    const submits = vi.spyOn(device(), 'submit')
    const runs = Array.from({ length: 5 }, (_, i) => plan.run({ x: new Float32Array(8).fill(i) }))
    await settle()
    expect(submits).toHaveBeenCalledTimes(3)
    finish[0]!()
    await settle()
    expect(submits).toHaveBeenCalledTimes(4)
    done.mockRestore()
    finish.forEach((f) => f())
    expect((await Promise.all(runs)).map(({ y }) => y![7])).toEqual([0, 2, 4, 6, 8])
    submits.mockRestore()
  })

  test('have taken their inputs: these may be filled anew', async () => {
    using plan = await compileDouble(1000)
    const x = new Float32Array(1000)
    const values = []
    for (let i = 0; i < 7; i++) values.push((await plan.start({ x: x.fill(i) })).values)
    expect((await Promise.all(values)).map(({ y }) => y![999])).toEqual([0, 2, 4, 6, 8, 10, 12])
  })

  test('bring large inputs in buffers that are used again', async () => {
    const size = 300_001 // 1.2 MB
    using plan = await compileDouble(size)
    const x = new Float32Array(size)
    const before = device().live.buffers
    const values = []
    for (let i = 0; i < 12; i++) values.push((await plan.start({ x: x.fill(i) })).values)
    expect((await Promise.all(values)).map(({ y }) => y![size - 1])).toEqual(Array.from({ length: 12 }, (_, i) => 2 * i))
    expect(device().live.buffers - before).toBeLessThanOrEqual(2 * 4) // to the device and back
    plan.dispose()
    await device().idle()
    expect(device().live.buffers).toBe(0)
  })

  test('whose plan goes before they are read say so', async () => {
    const plan = await compileDouble(8)
    const { values } = await plan.start({ x: new Float32Array(8) })
    plan.dispose()
    await expect(values).rejects.toMatchObject({ code: 'disposed' })
  })
})

describe('what weights are made into', () => {
  test('is shared by plans of the same weights, and made again once for all when these change', async () => {
    const size = 5000
    const w = weight([size])
    const graph = () => {
      const g = new Graph()
      g.outputs.set('y', g.add(combine, [g.input('x', [size]), g.add(activation, [g.parameter(w)], { activation: 'relu' })], SUM))
      return g
    }
    const store = parameterStoreOf(device())
    await store.load(new Set([w]))
    const before = device().live.bytes
    using one = await Plan.compile(store, graph())
    const first = device().live.bytes - before
    using other = await Plan.compile(store, graph())
    expect(first).toBeGreaterThan(3 * 4 * size) // x, y and what is made of w
    expect(device().live.bytes - before - first).toBeLessThan(1000)

    const submits = vi.spyOn(device(), 'submit')
    const x = values([size], 3).data
    const run = async (plan: Plan) => {
      submits.mockClear()
      const { y } = await plan.run({ x })
      return { y, submits: submits.mock.calls.length }
    }
    const old = await run(one)
    expect(old.submits).toBe(2)
    expect(await run(other)).toEqual({ y: old.y, submits: 1 })
    store.write(w, values([size], 9).data)
    const changed = await run(other)
    expect(changed).toMatchObject({ submits: 2 })
    expect(changed.y).not.toEqual(old.y)
    expect(await run(one)).toEqual({ y: changed.y, submits: 1 })
    one.dispose()
    expect(await run(other)).toEqual({ y: changed.y, submits: 1 })
    submits.mockRestore()
    other.dispose()
    store.release(new Set([w]))
    expect(device().live.buffers).toBe(0)
  })
})

describe('element types', () => {
  test('an op takes no tensor of another type', () => {
    const g = new Graph()
    g.scope = 'first'
    const pixels = g.input('pixels', [4], 'u8')
    expect(() => g.add(activation, [pixels], { activation: 'relu' })).toThrow('[first] x must be of type f32, got pixels of type u8')
    expect(() => g.add(dropout, [g.input('x', [4]), g.input('seed', [2])], { rate: 0.5, salt: 0 })).toThrow(
      '[first] seed must be of type u32, got seed of type f32',
    )
  })

  test('an input is given in its own type', async () => {
    using plan = await compileDouble(4)
    await expect(plan.run({ x: new Uint8Array(4) })).rejects.toThrow('[plan] input x of type f32 must be a Float32Array, got a Uint8Array')
  })

  test('bytes are written as they are, to the last one', async () => {
    const buffer = device().createBuffer('bytes', 16, GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC)
    device().write(buffer, 0, Uint8Array.of(1, 2, 3, 4, 5, 6, 7))
    device().write(buffer, 8, new Uint16Array([0, 0x0a09, 0x0c0b, 0x0e0d]).subarray(1))
    const read = new Uint8Array((await device().read(buffer, 4)).buffer)
    expect([...read]).toEqual([1, 2, 3, 4, 5, 6, 7, 0, 9, 10, 11, 12, 13, 14, 0, 0])
    device().destroyBuffer(buffer)
  })
})
