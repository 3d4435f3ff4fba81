/** Plans that share memory: what each computes stays its own, whatever runs beside it, grows or goes. */
import { describe, expect, test, vi } from 'vitest'
import { Graph, type Node } from '../../src/graph/graph.ts'
import { combine } from '../../src/kernels/combine.ts'
import { defineOp, everywhere } from '../../src/kernels/kernel.ts'
import { filled as filledWith, Parameter } from '../../src/parameter.ts'
import { parameterStoreOf } from '../../src/plan/parameter_store.ts'
import { Plan } from '../../src/plan/plan.ts'
import { sharedOf } from '../../src/plan/shared.ts'
import { useDevice } from '../support/device.ts'

const device = useDevice()

/** y = (adds + 1) * x, one addition at a time. */
function compileChain(size: number, adds: number): Promise<Plan> {
  const g = new Graph()
  const x = g.input('x', [size])
  let y: Node = x
  for (let i = 0; i < adds; i++) y = g.add(combine, [y, x], { kind: 'add', activation: 'linear' })
  g.outputs.set('y', y)
  return Plan.compile(parameterStoreOf(device()), g)
}

const filled = (size: number, value: number) => new Float32Array(size).fill(value)
const arenaBytes = () => sharedOf(device()).arena.slotBytes.reduce((sum, b) => sum + b, 0)

/** Workgroups of a part that is folded, as 65,535 is not. */
const MANY = 66_000

/** Each workgroup adds 1 to a number of its own; there is one flop for each. */
const count = defineOp<object>({
  name: 'count',
  inputs: [],
  updates: ['counts'],
  output: null,
  shape: () => [2 * MANY],
  cost: ({ output }) => ({ flops: output[0]!, bytes: 0 }),
  variants: everywhere(({ output }) => ({
    wgsl: `struct Sizes { base: u32 }
      @group(0) @binding(0) var<storage, read_write> counts: array<f32>;
      @group(0) @binding(1) var<uniform> sizes: Sizes;
      @compute @workgroup_size(1, 1, 1)
      fn main(@builtin(workgroup_id) wid: vec3u) {
        let group = wid.y * 65535u + wid.x + sizes.base;
        if (group < arrayLength(&counts)) { counts[group] += 1.0; }
      }`,
    sizes: {},
    groups: output[0]!,
  })),
})

test('two plans need no more than the larger of them, in whatever order they come', async () => {
  using large = await compileChain(4096, 5)
  const alone = arenaBytes()
  expect(alone).toBe(large.stats.bytes)
  using small = await compileChain(100, 9)
  expect(arenaBytes()).toBe(alone)
  large.dispose()
  expect(arenaBytes()).toBe(small.stats.bytes)
  using again = await compileChain(4096, 5)
  expect(arenaBytes()).toBe(again.stats.bytes)
})

test('a plan that makes the arena grow leaves the others right', async () => {
  using small = await compileChain(100, 9)
  expect((await small.run({ x: filled(100, 2) }))['y']).toEqual(filled(100, 20))
  using large = await compileChain(5000, 3)
  const runs = await Promise.all([
    small.run({ x: filled(100, 3) }),
    large.run({ x: filled(5000, 3) }),
    small.run({ x: filled(100, 4) }),
    large.run({ x: filled(5000, 5) }),
  ])
  expect(runs.map(({ y }) => y)).toEqual([filled(100, 30), filled(5000, 12), filled(100, 40), filled(5000, 20)])
})

test('memory follows the plans that there are, down to nothing', async () => {
  const before = device().live
  const [large, small] = [await compileChain(100_000, 3), await compileChain(100, 3)]
  await large.run({ x: filled(100_000, 1) })
  large.dispose()
  expect((await small.run({ x: filled(100, 1) }))['y']).toEqual(filled(100, 4))
  expect(device().live.bytes - before.bytes).toBeLessThan(10_000)
  small.dispose()
  expect(device().live).toEqual(before)
})

describe('work that is cut', () => {
  /** Runs while the adapter is taken to do so much work in a second. */
  async function atPace<T>(rate: number, run: () => Promise<T>): Promise<T> {
    const pace = vi.spyOn(device().pace, 'rate', 'get').mockReturnValue(rate)
    try {
      return await run()
    } finally {
      pace.mockRestore()
    }
  }

  test('no other run gets between its submits', async () => {
    const submits = vi.spyOn(device(), 'submit')
    await atPace(1e4, async () => {
      using one = await compileChain(1000, 6)
      using other = await compileChain(900, 4)
      const runs = await Promise.all([
        one.run({ x: filled(1000, 1) }),
        other.run({ x: filled(900, 2) }),
        one.run({ x: filled(1000, 3) }),
        other.run({ x: filled(900, 4) }),
      ])
      expect(runs.map(({ y }) => y)).toEqual([filled(1000, 7), filled(900, 10), filled(1000, 21), filled(900, 20)])
    })
    expect(submits.mock.calls.length).toBeGreaterThan(20)
    submits.mockRestore()
  })

  test('a plan is cut anew for the pace that is measured, and computes the same', async () => {
    using plan = await atPace(1e4, () => compileChain(3000, 4))
    const slow = plan.stats.dispatches
    const x = Float32Array.from({ length: 3000 }, (_, i) => Math.sin(i))
    const first = await atPace(1e4, () => plan.run({ x }))
    expect(await atPace(1e9, () => plan.run({ x }))).toEqual(first)
    expect([slow, plan.stats.dispatches]).toEqual([48, 4])
    expect(await atPace(3e3, () => plan.run({ x }))).toEqual(first)
    expect(plan.stats.dispatches).toBeGreaterThanOrEqual(slow)
  })

  test('every workgroup runs once, though a part is more than one line of them', async () => {
    const store = parameterStoreOf(device())
    const counts = new Parameter('layer', 'counts', filledWith([2 * MANY], 0))
    await store.load(new Set([counts]))
    const g = new Graph()
    g.update(count, [], [counts], {})
    await atPace(10 * MANY, async () => {
      using plan = await Plan.compile(store, g)
      await plan.run({})
      expect(plan.stats.dispatches).toBe(2)
    })
    expect((await store.read(counts)).every((n) => n === 1)).toBe(true)
    store.release(new Set([counts]))
  })

  test('a plan that is disposed in the middle of its run says so, and the next run is right', async () => {
    using other = await compileChain(900, 4)
    await atPace(1e4, async () => {
      const plan = await compileChain(3000, 6)
      const submits = vi.spyOn(device(), 'submit')
      const run = plan.run({ x: filled(3000, 1) })
      const next = other.run({ x: filled(900, 2) })
      await vi.waitFor(() => expect(submits).toHaveBeenCalled(), { interval: 1 })
      submits.mockRestore()
      plan.dispose()
      await expect(run).rejects.toMatchObject({ code: 'disposed' })
      expect((await next)['y']).toEqual(filled(900, 10))
    })
  })
})
