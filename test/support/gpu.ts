/**
 * One GPU device per test process. Node (Dawn) or headless Chrome, whichever runs the file.
 * Every uncaught GPU error or device loss fails the test that follows it.
 */
import { afterAll, afterEach, beforeAll } from 'vitest'

export interface TestGpu {
  readonly gpu: GPU
  readonly adapter: GPUAdapter
  readonly device: GPUDevice
}

let current: TestGpu | undefined
let faults: string[] = []

export async function openGpu(): Promise<GPU> {
  if (typeof navigator !== 'undefined' && 'gpu' in navigator && navigator.gpu) return navigator.gpu
  const { nodeGpu } = await import('../../src/node/adapter.ts')
  return nodeGpu()
}

/** Opens the device before the file's tests and checks for stray GPU errors after each. Returns a getter. */
export function useGpu(): () => TestGpu {
  beforeAll(async () => {
    if (current) return
    const gpu = await openGpu()
    const adapter = await gpu.requestAdapter()
    if (!adapter) throw new Error('no WebGPU adapter for the tests')
    const { limits } = adapter
    const device = await adapter.requestDevice({
      requiredLimits: {
        maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
        maxBufferSize: limits.maxBufferSize,
      },
    })
    device.addEventListener('uncapturederror', (e) => faults.push(e.error.message))
    void device.lost.then((info) => info.reason !== 'destroyed' && faults.push(`device lost: ${info.message}`))
    current = { gpu, adapter, device }
  })
  afterEach(async () => {
    await current?.device.queue.onSubmittedWorkDone()
    const seen = faults
    faults = []
    if (seen.length) throw new Error(`GPU errors nobody caught:\n${seen.join('\n')}`)
  })
  afterAll(() => {
    current?.device.destroy()
    current = undefined
  })
  return () => current!
}
