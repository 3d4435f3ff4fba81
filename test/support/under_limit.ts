/** Training where a binding holds so many bytes and no more. */
import { expect } from 'vitest'
import { openDevice } from '../../src/device/device.ts'
import type { Network } from '../../src/layers/network.ts'
import { parameterStoreOf } from '../../src/plan/parameter_store.ts'
import { Plan } from '../../src/plan/plan.ts'
import type { Shape } from '../../src/shape.ts'
import { lossGraph } from '../../src/training/graphs.ts'
import type { Optimizer } from '../../src/training/optimizers/index.ts'
import { trainingGraph, type Updating } from '../../src/training/step_graphs.ts'
import { applyConstraints } from '../../src/training/weight_rules.ts'
import { openGpu } from './gpu.ts'
import { parametersOf } from './graphs.ts'
import { classification, updatingBy } from './objective.ts'
import { values } from './values.ts'

/** Values that are whole quarters, from -1/4 to 1/4: sums of products of a few layers are exact in f32, in any order. */
export function quarters(shape: Shape, seed: number): Float32Array<ArrayBuffer> {
  return values(shape, seed, -1.5, 1.5).data.map((v) => Math.round(v) / 4)
}

/** Updates by an optimizer, and what the constraints of a network's weights make of them. */
export const updatingOf = (network: Network, optimizer: Optimizer): Updating => ({
  ...updatingBy(optimizer),
  constrained: (g, trained) => applyConstraints(g, network, trained),
})

export interface Training {
  /** From [features] to probabilities of classes. */
  readonly network: Network
  readonly optimizer: Optimizer
  readonly samples: number
  readonly steps: number
}

/** Weights and optimizer state by name after some steps, where tensors of so many bytes fit a binding. */
export async function trainedUnder(maxTensorBytes: number, training: Training): Promise<Map<string, Float32Array>> {
  const { network, optimizer, samples: N, steps } = training
  const [C, K] = [network.inputs[0]!.shape[1]!, network.outputs[0]!.shape[1]!]
  const small = await openDevice({ gpu: await openGpu(), maxTensorBytes })
  const store = parameterStoreOf(small)
  const g = trainingGraph(lossGraph(network, classification(K), N, true), updatingOf(network, optimizer))
  const parameters = parametersOf(g)
  await store.load(parameters)
  const plan = await Plan.compile(store, g)
  const t = Float32Array.from({ length: N * K }, (_, i) => (i % K === Math.floor(i / K) ? 1 : 0))
  for (let step = 1; step <= steps; step++) {
    const feed = { x0: quarters([N, C], 50 + step), t0: t, weight: new Float32Array(N).fill(1), dLoss: new Float32Array(N).fill(0.25) }
    await plan.run({ ...feed, hyper: optimizer.hyper(step) })
  }
  const result = new Map<string, Float32Array>()
  for (const p of parameters) result.set(p.path, await store.read(p))
  plan.dispose()
  store.release(parameters)
  expect(small.live.buffers).toBe(0)
  small.dispose()
  return result
}
