/** What `npm run bench -- --host` counts and says. */
import { describe, expect, test } from 'vitest'
import { hostTable, rowsOf } from '../../bench/host.ts'
import { watch } from '../../bench/host_gpu.ts'

describe('watch', () => {
  /** A GPU whose pipelines are ready when they are told to be. */
  function fake() {
    const ready: (() => void)[] = []
    const device = {
      createShaderModule: ({ code }: GPUShaderModuleDescriptor) => ({ code }),
      createComputePipeline: () => 'pipeline',
      createComputePipelineAsync: () => new Promise<string>((resolve) => ready.push(() => resolve('pipeline'))),
      queue: { submit: () => undefined },
    }
    const gpu = { requestAdapter: () => Promise.resolve({ requestDevice: () => Promise.resolve(device) }) } as unknown as GPU
    return { gpu, ready }
  }
  const descriptor = {} as GPUComputePipelineDescriptor

  test('counts shaders and pipelines, and times them once where they overlap', async () => {
    const { gpu, ready } = fake()
    const seen = watch(gpu)
    const device = await (await gpu.requestAdapter())!.requestDevice()
    expect(device.createShaderModule({ code: '12345' })).toEqual({ code: '12345' })
    device.createShaderModule({ code: '678' })
    const started = performance.now()
    const pipelines = [device.createComputePipelineAsync(descriptor), device.createComputePipelineAsync(descriptor)]
    expect(device.createComputePipeline(descriptor)).toBe('pipeline')
    await new Promise((resolve) => setTimeout(resolve, 20))
    ready.forEach((resolve) => resolve())
    expect(await Promise.all(pipelines)).toEqual(['pipeline', 'pipeline'])
    const passed = performance.now() - started
    expect(seen).toMatchObject({ pipelines: 3, shaderBytes: 8 })
    expect(seen.compileMs).toBeGreaterThan(15)
    expect(seen.compileMs).toBeLessThan(passed + 1)
    seen.reset()
    expect(seen).toMatchObject({ pipelines: 0, shaderBytes: 0, compileMs: 0 })
  })

  test('knows when the last submit returned', async () => {
    const { gpu } = fake()
    const seen = watch(gpu)
    const device = await (await gpu.requestAdapter())!.requestDevice()
    const before = performance.now()
    device.queue.submit([])
    expect(seen.submitted).toBeGreaterThanOrEqual(before)
    expect(seen.submitted).toBeLessThanOrEqual(performance.now())
  })
})

test('a row has medians and least of both sides, and a ratio where both have it', () => {
  const rows = rowsOf('VGG16', [{ first: 30, graph: 3 }, { first: 10 }, { first: 20 }], [{ first: 50 }, { first: 60 }, { first: 40 }])
  expect(rows).toEqual([
    {
      network: 'VGG16',
      measure: 'first',
      label: 'first prediction, weights on the device',
      unit: 'ms',
      ours: { median: 20, least: 10 },
      peers: { 'tfjs-webgpu': { median: 50, least: 40 } },
      ratio: { 'tfjs-webgpu': 2.5 },
    },
    {
      network: 'VGG16',
      measure: 'graph',
      label: 'its graph, alone',
      unit: 'ms',
      ours: { median: 3, least: 3 },
      peers: { 'tfjs-webgpu': null },
      ratio: { 'tfjs-webgpu': null },
    },
  ])
})

test('the table shows what there is, in its unit', () => {
  const ours = [{ first: 123.4, shaderBytes: 456_700, pipelines: 19, later1: 0.512, graph: 12.34 }]
  const theirs = [
    { first: 300, shaderBytes: 200_000, pipelines: 25 },
    { first: 200, shaderBytes: 200_000, pipelines: 25 },
  ]
  const table = hostTable({ adapter: 'a GPU', runs: 2, rows: rowsOf('VGG16', ours, theirs) })
  expect(table.split('\n').slice(4)).toEqual([
    '| VGG16: first prediction, weights on the device, ms | 123 | 250 (200) | 2.03 |',
    '| VGG16: its graph, alone, ms | 12.3 |  |  |',
    '| VGG16: its shaders, kB | 457 | 200 | 0.44 |',
    '| VGG16: its pipelines | 19 | 25 | 1.32 |',
    '| VGG16: later prediction, batch 1, ms | 0.51 |  |  |',
  ])
  expect(table).toContain('a GPU')
})
