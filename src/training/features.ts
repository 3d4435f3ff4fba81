/**
 * Runs the frozen trunk once over all samples and keeps what comes out, so that every later epoch costs only the head: on the device, where
 * steps gather their rows by number, or in the host's memory where the device has no room.
 */
import { bufferBytes } from '../device/device.ts'
import { bytesOf } from '../dtype.ts'
import { isOutOfMemory } from '../errors.ts'
import type { Feature, SplitGraph } from '../graph/split.ts'
import { plansOf } from '../plan/shared.ts'
import { sizeOf, type Shape } from '../shape.ts'
import { batchesOf, feedOf, Filler, type Feed } from './batches.ts'
import type { Engine } from './engine.ts'
import { storingGraph, type StoredRows } from './graphs.ts'
import type { Labelled } from './inputs.ts'
import { runPass } from './pass.ts'
import { outputsOf, type PredictPass } from './predict.ts'
import { memorySource, type Source } from './sources.ts'

/** Bytes that the features of `count` samples take. */
export function featureBytes(features: readonly Feature[], count: number): number {
  return features.reduce((sum, f) => sum + 4 * sizeOf(f.shape.slice(1)) * count, 0)
}

/** Bytes that rows take on the device. */
export function storedBytes(stored: StoredRows): number {
  return [...stored.values()].reduce((sum, p) => sum + bytesOf(p), 0)
}

/**
 * Features of all samples, and with them targets and weights.
 * @param side tells training and validation apart
 * @param room bytes that the device may take of them
 * @throws the signal's reason; DeviceError
 */
export async function keepFeatures(
  engine: Engine,
  side: string,
  split: SplitGraph,
  { samples, rows: labels }: Labelled,
  { room, ...options }: Omit<PredictPass, 'batchSize'> & { readonly room: number },
): Promise<Source> {
  const pass = { ...options, batchSize: split.features[0]!.shape[0]! }
  const { count } = samples
  const rowsOf = (name: string, shape: Shape) => [name, engine.rowsOf(`${side} ${name}`, [count, ...shape.slice(1)])] as const
  const stored = new Map([
    ...split.features.map((f) => rowsOf(f.name, f.shape)),
    ...Object.entries(labels).map(([name, { shape }]) => rowsOf(name, shape)),
  ])
  const fits = [...stored.values()].every((p) => bufferBytes(bytesOf(p)) <= engine.device.maxTensorBytes)
  if (fits && storedBytes(stored) <= room && (await store(engine, split, stored, feedOf(samples, labels), pass))) {
    const rows = { shape: [count], data: Uint32Array.from({ length: count }, (_, i) => i) }
    return memorySource(feedOf(samples, { rows }), stored)
  }
  const shapes = Object.fromEntries(split.features.map((f) => [f.name, f.shape.slice(1)]))
  const features = await engine.planned(split.trunk, (plan) => outputsOf(plan, samples, shapes, pass))
  return memorySource(feedOf(samples, { ...labels, ...features }))
}

/** Runs the trunk into tensors on the device, which stay there. @returns false where there is no room for them; none of them stays then */
async function store(
  engine: Engine,
  split: SplitGraph,
  stored: StoredRows,
  feed: Feed,
  { batchSize, signal, onBatch }: PredictPass,
): Promise<boolean> {
  const parameters = [...stored.values()]
  try {
    await plansOf(engine.device).makeRoom(() => engine.adopt(parameters))
    await engine.planned(storingGraph(split, stored), (plan) => {
      const filler = new Filler(plan, batchSize)
      return runPass({
        batches: batchesOf(feed, batchSize),
        signal,
        start: (batch) => plan.start({ ...filler.inputs(batch), begin: Uint32Array.of(batch.begin) }, []),
        onBatch: ({ done }) => onBatch(done),
      })
    })
    return true
  } catch (error) {
    engine.release(parameters)
    if (isOutOfMemory(error)) return false
    throw error
  }
}
