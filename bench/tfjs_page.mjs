/** tfjs with its WebGPU and WebAssembly backends, for the site's Measure: built into a file of its own, which is loaded when measuring starts. */
import * as core from '@tensorflow/tfjs-core'
import * as layers from '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-webgpu'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'

/** A module that has nothing in it. */
const SMALLEST = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)

export const tf = { ...core, ...layers, layers: layers.layers }

/** @param backend `webgpu` or `wasm` @param folder where the .wasm files lie, with a slash at its end @throws Error where it does not start */
export async function start(backend, folder) {
  if (backend === 'wasm') new globalThis.WebAssembly.Module(SMALLEST) // where a policy forbids it this throws and says so; tfjs does not
  setWasmPaths(folder)
  if (!(await core.setBackend(backend))) throw new Error(`tfjs does not start its ${backend} backend here`)
  await core.ready()
}
