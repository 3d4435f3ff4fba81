/** A plan begins with the kernels that compile fast, and goes on with the cheapest when those are there. */
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { openDevice, type Device } from '../../src/device/device.ts'
import { DeviceError } from '../../src/errors.ts'
import { Graph } from '../../src/graph/graph.ts'
import { conv2d } from '../../src/kernels/conv2d/conv2d.ts'
import { parameterStoreOf } from '../../src/plan/parameter_store.ts'
import { Plan } from '../../src/plan/plan.ts'
import { openGpu } from '../support/gpu.ts'
import { parametersOf, weight } from '../support/graphs.ts'
import { values } from '../support/values.ts'

const X = [1, 128, 128, 32] as const

/** As on a GPU, where it has blocks to choose from. */
let device: Device
beforeAll(async () => {
  device = await openDevice({ gpu: await openGpu(), caps: { software: false } })
})
afterEach(() => vi.restoreAllMocks())
afterAll(() => device.dispose())

/** A convolution whose cheapest block is the largest. */
async function open() {
  const g = new Graph()
  const w = weight([1, 1, 32, 64])
  g.outputs.set('y', g.add(conv2d, [g.input('x', X), g.parameter(w)], { strides: [1, 1], padding: 'same', groups: 1, activation: 'relu' }))
  const store = parameterStoreOf(device)
  await store.load(parametersOf(g))
  const asked = vi.spyOn(device, 'pipeline')
  const plan = await Plan.compile(store, g)
  return {
    plan,
    /** Sizes of the blocks in the texts that were asked for so far. */
    blocks: () => asked.mock.calls.map(([, , text]) => [...text.matchAll(/const (?:GY|TM): u32 = (\d+)u/g)].map((m) => Number(m[1]))),
    /** Pipelines that are there by now. */
    compiled: () => Promise.all(asked.mock.results.map((r) => (r.value as ReturnType<Device['pipeline']>).done)),
    close: () => {
      plan.dispose()
      store.release(parametersOf(g))
    },
  }
}

test('and computes the same bits with both', async () => {
  const { plan, blocks, compiled, close } = await open()
  const feed = { x: values(X, 1).data }
  expect(blocks()).toEqual([[8, 1]]) // 32x32
  const begun = await plan.run(feed)
  const buffers = device.live.buffers
  await vi.waitFor(
    () =>
      expect(blocks()).toEqual([
        [8, 1],
        [16, 2],
      ]),
    { timeout: 10_000 },
  ) // 128x64
  await compiled()
  const used = vi.spyOn(GPUComputePassEncoder.prototype, 'setPipeline')
  const later = await plan.run(feed)
  await plan.run(feed)
  expect(new Set(used.mock.calls.map(([pipeline]) => pipeline)).size).toBe(1)
  expect(later['y']).toEqual(begun['y'])
  expect(blocks()).toHaveLength(2)
  expect(device.live.buffers).toBe(buffers)
  close()
  expect(device.live.buffers).toBe(0)
})

test('or never does where it is disposed before', async () => {
  const { plan, blocks, close } = await open()
  await plan.run({ x: values(X, 1).data })
  close()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(blocks()).toHaveLength(1)
  expect(device.live.buffers).toBe(0)
})

test('or goes on with what it has where the sizes of others find no room', async () => {
  const { plan, blocks, compiled, close } = await open()
  const feed = { x: values(X, 1).data }
  const begun = await plan.run(feed)
  await vi.waitFor(() => expect(blocks()).toHaveLength(2), { timeout: 10_000 })
  await compiled()
  const create = device.createBuffer.bind(device)
  const full = vi.spyOn(device, 'createBuffer').mockImplementation((label, ...rest) => {
    if (label === 'sizes') throw new DeviceError('out-of-memory', 'full')
    return create(label, ...rest)
  })
  for (let i = 0; i < 3; i++) expect((await plan.run(feed))['y']).toEqual(begun['y'])
  expect(full.mock.calls.filter(([label]) => label === 'sizes')).toHaveLength(1)
  close()
  expect(device.live.buffers).toBe(0)
})

test('and leaves nothing where it is disposed while it takes them', async () => {
  const { plan, blocks, compiled, close } = await open()
  const feed = { x: values(X, 1).data }
  await plan.run(feed)
  await vi.waitFor(() => expect(blocks()).toHaveLength(2), { timeout: 10_000 })
  await compiled()
  const allocate = device.allocate.bind(device)
  vi.spyOn(device, 'allocate').mockImplementation(async (what, make) => {
    const made = await allocate(what, make)
    close()
    return made
  })
  await expect(plan.run(feed)).rejects.toThrow('disposed')
  expect(device.live.buffers).toBe(0)
})
