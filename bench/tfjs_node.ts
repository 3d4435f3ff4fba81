/** tfjs with its WebGPU backend, in Node, on the adapter that we use. */
import { createRequire } from 'node:module'
import type { Tf } from './tfjs.ts'

/** tfjs asks the globals of a page for what it needs; they must be there before it is imported. */
export async function openTfjs(gpu: GPU): Promise<Tf> {
  const scope = globalThis as unknown as Record<string, unknown>
  scope['window'] ??= globalThis
  scope['self'] ??= globalThis
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: 'node' }, configurable: true, writable: true })
  const require = createRequire(new URL('package.json', import.meta.url))
  const core = require('@tensorflow/tfjs-core') as Tf
  const layers = require('@tensorflow/tfjs-layers') as Tf
  require('@tensorflow/tfjs-backend-webgpu')
  if (!(await core.setBackend('webgpu'))) throw new Error('tfjs does not start its webgpu backend')
  await core.ready()
  return { ...core, ...layers, layers: layers.layers }
}
