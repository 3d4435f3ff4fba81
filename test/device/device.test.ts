/** The device: whose error an error is, waits that end with the device, uploads that never pile up. */
import { describe, expect, test, vi } from 'vitest'
import { openDevice } from '../../src/device/device.ts'
import { DeviceError } from '../../src/errors.ts'
import { Graph } from '../../src/graph/graph.ts'
import { activation } from '../../src/kernels/activation/activation.ts'
import { filled, Parameter } from '../../src/parameter.ts'
import { parameterStoreOf } from '../../src/plan/parameter_store.ts'
import { Plan } from '../../src/plan/plan.ts'
import { useDevice } from '../support/device.ts'
import { openGpu } from '../support/gpu.ts'
import { stubDevice } from '../support/stub_gpu.ts'

const device = useDevice()

async function refusal(promise: Promise<unknown>): Promise<DeviceError> {
  const error: unknown = await promise.then(
    () => undefined,
    (e: unknown) => e,
  )
  expect(error).toBeInstanceOf(DeviceError)
  return error as DeviceError
}

describe('an error reaches the one whose work caused it', () => {
  const good = () => device().createBuffer('good', 64, GPUBufferUsage.STORAGE)
  const bad = () => device().createBuffer('bad', 64, GPUBufferUsage.MAP_READ | GPUBufferUsage.MAP_WRITE)

  test.each([
    ['first', [bad, good, good]],
    ['in the middle', [good, bad, good]],
    ['last', [good, good, bad]],
  ])('allocations at the same time, the bad one %s', async (_name, makers) => {
    const before = device().live
    const settled = await Promise.allSettled(makers.map((make) => device().allocate(make.name, make)))
    expect(settled.map((s) => s.status)).toEqual(makers.map((make) => (make === good ? 'fulfilled' : 'rejected')))
    const rejected = settled.find((s): s is PromiseRejectedResult => s.status === 'rejected')
    expect(rejected?.reason).toMatchObject({ code: 'validation', message: expect.stringMatching(/^\[bad\] /) as string })
    for (const s of settled) if (s.status === 'fulfilled') device().destroyBuffer(s.value)
    expect(device().live).toEqual(before)
  })

  test('an allocation whose maker throws frees what it made', async () => {
    const before = device().live
    const making = device().allocate('two', () => [good(), device().createBuffer('huge', 2 ** 52, GPUBufferUsage.STORAGE)])
    expect(await refusal(making)).toMatchObject({ code: 'limit' })
    expect(device().live).toEqual(before)
  })

  test('of two plans, the one whose weight is gone', async () => {
    const store = parameterStoreOf(device())
    const [kept, gone] = ['kept', 'gone'].map((name) => new Parameter('layer', name, filled([8], 2))) as [Parameter, Parameter]
    await store.load(new Set([kept, gone]))
    const plans = []
    for (const p of [kept, gone]) {
      const g = new Graph()
      g.outputs.set('y', g.add(activation, [g.parameter(p)], { activation: 'relu' }))
      plans.push(await Plan.compile(store, g))
    }
    store.place(gone).buffer.destroy() // behind the store's back: whoever submits work with it makes a validation error
    const runs = await Promise.allSettled(plans.map((plan) => plan.run({})))
    expect(runs[0]).toMatchObject({ status: 'fulfilled', value: { y: new Float32Array(8).fill(2) } })
    expect(runs[1]).toMatchObject({
      status: 'rejected',
      reason: { code: 'validation', message: expect.stringMatching(/^\[plan\] /) as string },
    })
    expect(await plans[0]!.run({})).toEqual({ y: new Float32Array(8).fill(2) })
    plans.forEach((plan) => plan.dispose())
    store.release(new Set([kept, gone]))
  })

  test("the page's own is told once, and breaks no later call", async () => {
    const seen: DeviceError[] = []
    const own = await openDevice({ gpu: await openGpu(), onError: (error) => seen.push(error) })
    own.gpu.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.MAP_WRITE })
    await own.idle()
    await vi.waitFor(() => expect(seen.length).toBe(1))
    expect(seen[0]).toMatchObject({ code: 'validation', message: expect.stringMatching(/^\[device\] the GPU must accept/) as string })
    const buffer = await own.allocate('innocent', () => own.createBuffer('innocent', 16, GPUBufferUsage.COPY_SRC))
    expect(await own.read(buffer, 4)).toEqual(new Float32Array(4))
    own.destroyBuffer(buffer)
    expect(seen.length).toBe(1)
    own.dispose()
  })
})

describe('waiting', () => {
  test('ends with the device, for those who wait and those who come later', async () => {
    const { device: lost, lose } = stubDevice()
    const never = new Promise(() => undefined)
    const waits = [lost.guard(never), lost.guard(never)]
    lose('pulled out')
    for (const wait of [...waits, lost.guard(never)]) {
      expect(await refusal(wait)).toMatchObject({
        code: 'lost',
        message: '[device] the device must be alive, got a lost device: pulled out',
      })
    }
    expect(() => lost.check()).toThrow('pulled out')
  })

  test('an error that a loss has caused gives way to the loss', async () => {
    const { device: lost, lose } = stubDevice()
    const wait = lost.guard(Promise.reject(new Error('out of memory')))
    lose('pulled out')
    expect(await refusal(wait)).toMatchObject({ code: 'lost' })
    await expect(stubDevice().device.guard(Promise.reject(new Error('real')))).rejects.toThrow('real')
  })
})

test('no more than 16 MiB of weights are on their way at a time, loading and loading again', async () => {
  const weight = new Parameter('layer', 'kernel', filled([3, 4 * 1024 * 1024], 1)) // 48 MiB
  const store = parameterStoreOf(device())
  let unwaited = 0
  let most = 0
  const write = device().write.bind(device())
  const idle = device().idle.bind(device())
  const writing = vi.spyOn(device(), 'write').mockImplementation((...args) => {
    most = Math.max(most, (unwaited += args[2].byteLength))
    write(...args)
  })
  const waiting = vi.spyOn(device(), 'idle').mockImplementation(async () => {
    await idle()
    unwaited = 0
  })
  try {
    await store.load(new Set([weight]))
    expect(most).toBeLessThanOrEqual(16 * 1024 * 1024)
    await device().idle()
    most = 0
    await store.reload([weight])
    expect(most).toBeLessThanOrEqual(16 * 1024 * 1024)
    expect(most).toBeGreaterThan(0)
  } finally {
    writing.mockRestore()
    waiting.mockRestore()
    store.release(new Set([weight]))
  }
})
