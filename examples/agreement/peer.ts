/** tfjs with its WebAssembly backend, out of bench/node_modules: peers are no dependency of the engine. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Tensor } from '../../src/node.ts'
import type { TfjsModel } from '../lesson/tfjs_layers.ts'

/** What is used of tfjs's types. */
interface PeerTensor {
  readonly shape: number[]
  data(): Promise<Float32Array>
  dispose(): void
}

export interface PeerModel {
  readonly inputs: unknown
  readonly layers: readonly { readonly name: string; readonly output: unknown; getClassName(): string }[]
  predict(x: PeerTensor): PeerTensor | PeerTensor[]
}

interface Core {
  setBackend(name: string): Promise<boolean>
  tensor(data: Float32Array, shape: readonly number[]): PeerTensor
}

interface Layers {
  model(options: { inputs: unknown; outputs: unknown[] }): PeerModel
  loadLayersModel(handler: { load(): Promise<unknown> }): Promise<PeerModel>
}

export interface Peer {
  load(model: TfjsModel): Promise<PeerModel>
  /** What the layers of these names give for a picture. */
  run(model: PeerModel, names: readonly string[], picture: Tensor): Promise<Tensor[]>
}

/** No peer is installed: for the user, without a stack. */
export class NoPeer extends Error {}

/** @param manifest a package.json beside which the packages are installed */
export async function openPeer(manifest = fileURLToPath(new URL('../../bench/package.json', import.meta.url))): Promise<Peer> {
  const require = createRequire(manifest)
  let core: Core, layers: Layers
  try {
    core = require('@tensorflow/tfjs-core') as Core
    layers = require('@tensorflow/tfjs-layers') as Layers
    const wasm = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(folder: string): void }
    wasm.setWasmPaths(`${join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist')}/`)
  } catch (cause) {
    throw new NoPeer(`tfjs must be installed (npm ci --prefix bench), got ${(cause as Error).message.split('\n')[0]}`, { cause })
  }
  await core.setBackend('wasm')
  return {
    load: ({ json, specs, bytes }) =>
      layers.loadLayersModel({
        load: () => Promise.resolve({ modelTopology: json.modelTopology, weightSpecs: specs, weightData: bytes.buffer }),
      }),
    async run(model, names, picture) {
      const outputs = names.map((name) => model.layers.find((l) => l.name === name)!.output)
      const x = core.tensor(Float32Array.from(picture.data), picture.shape)
      const results = [layers.model({ inputs: model.inputs, outputs }).predict(x)].flat()
      const tensors: Tensor[] = []
      for (const r of results) {
        tensors.push({ shape: r.shape, data: await r.data() })
        r.dispose()
      }
      x.dispose()
      return tensors
    },
  }
}
