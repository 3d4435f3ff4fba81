/** How much memory a training step takes, and how it takes less. */
import type { Device } from '../device/device.ts'
import { DeviceError } from '../errors.ts'
import type { Graph } from '../graph/graph.ts'
import { lower } from '../graph/lower.ts'
import { layOut, programOf } from '../plan/layout.ts'

/** Into how many parts a forward pass is cut, one after the other, until its step is small enough. */
const PARTS = [2, 3, 4, 6, 8, 12, 16, 24]

type Limits = Pick<Device, 'maxTensorBytes' | 'caps'>

/** Bytes of the arena that the plan of a graph needs: inputs, what is kept for the backward pass, gradients. Weights and moments are not in it. */
export function stepBytes(graph: Graph, { maxTensorBytes, caps }: Limits): number {
  return layOut(programOf(lower(graph, maxTensorBytes, caps), { maxTensorBytes })).slotBytes.reduce((sum, bytes) => sum + bytes, 0)
}

/**
 * A training step of at most so many bytes: where it takes more, parts of the forward pass are computed again in the backward pass, as few as
 * will do. The bits are the same.
 * @param build makes the step, with parts of so many bytes, or in one
 * @throws DeviceError `limit` naming the least that it takes
 */
export function stepWithin(budget: number, limits: Limits, build: (partBytes?: number) => Graph): Graph {
  const whole = build()
  if (budget === Infinity) return whole
  const wholeBytes = stepBytes(whole, limits)
  if (wholeBytes <= budget) return whole
  let least = wholeBytes
  for (const parts of PARTS) {
    const graph = build(wholeBytes / parts)
    const bytes = stepBytes(graph, limits)
    if (bytes <= budget) return graph
    least = Math.min(least, bytes)
  }
  const rule = `a training step must fit activationMemory, ${budget} bytes`
  throw new DeviceError('limit', `[fit] ${rule}, got ${least} bytes at least (take a smaller microBatch or batchSize)`)
}
