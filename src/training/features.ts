/**
 * Runs the frozen trunk once over all samples and keeps what comes out, so that every later epoch costs only the head: on the device, where
 * steps gather their rows by number, or in the host's memory where the device has no room.
 */
import { bufferBytes } from '../device/device.ts'
import { bytesOf, type DType } from '../dtype.ts'
import { isOutOfMemory } from '../errors.ts'
import type { Feature, SplitGraph } from '../graph/split.ts'
import { plansOf } from '../plan/shared.ts'
import { sizeOf, type Shape } from '../shape.ts'
import { batchesOf, feedOf, Filler, type Batch, type BatchStream, type Feed, type Rows, type Values } from './batches.ts'
import type { Engine } from './engine.ts'
import { storingGraph, type StoredRows } from './graphs.ts'
import type { Labelled } from './inputs.ts'
import { runPass } from './pass.ts'
import { feedOfLabelled } from './labelled.ts'
import { outputsOf, type PredictPass } from './predict.ts'
import { memorySource, type PassRequest, type Source } from './sources.ts'

/** Bytes that the features of `count` samples take. */
export function featureBytes(features: readonly Feature[], count: number): number {
  return features.reduce((sum, { shape, dtype }) => sum + bytesOf({ shape: [count, ...shape.slice(1)], dtype }), 0)
}

/** Bytes that rows take on the device. */
export function storedBytes(stored: StoredRows): number {
  return [...stored.values()].reduce((sum, p) => sum + bytesOf(p), 0)
}

export interface FeaturesPass extends Pick<PredictPass, 'signal' | 'onBatch'> {
  /** Bytes that the device may take of features and targets. */
  readonly room: number
}

/**
 * Features of all samples, and with them targets and weights.
 * @param side tells training and validation apart
 * @throws the signal's reason; DeviceError
 */
export async function keepFeatures(
  engine: Engine,
  side: string,
  split: SplitGraph,
  labelled: Labelled,
  { room, ...options }: FeaturesPass,
): Promise<Source> {
  const pass = { ...options, batchSize: split.features[0]!.shape[0]! }
  const { samples, rows: labels } = labelled
  const { count } = samples
  const rowsOf = (name: string, shape: Shape, dtype?: DType) =>
    [name, engine.rowsOf(`${side} ${name}`, [count, ...shape.slice(1)], dtype)] as const
  const stored = new Map([
    ...split.features.map((f) => rowsOf(f.name, f.shape, f.dtype)),
    ...Object.entries(labels).map(([name, { shape }]) => rowsOf(name, shape)),
  ])
  const fits = [...stored.values()].every((p) => bufferBytes(bytesOf(p)) <= engine.device.maxTensorBytes)
  if (fits && storedBytes(stored) <= room && (await store(engine, split, stored, feedOfLabelled(labelled), pass))) {
    const rows = { shape: [count], data: Uint32Array.from({ length: count }, (_, i) => i) }
    return memorySource(feedOf(samples, { rows }), stored)
  }
  const features = await featuresOf(engine, split, { ...pass, batches: batchesOf(feedOf(samples), pass.batchSize), count })
  return memorySource(feedOf(samples, { ...labels, ...features }))
}

/** Runs the trunk and brings what it gives to the host, as the head takes it. */
async function featuresOf(engine: Engine, { trunk, features }: SplitGraph, pass: PredictPass): Promise<Record<string, Rows>> {
  const shapes = Object.fromEntries(features.map((f) => [f.name, f.shape.slice(1)]))
  const found = await engine.planned(trunk, (plan) => outputsOf(plan, shapes, pass))
  const rows = features.map(({ name, dtype }) => {
    const { shape, data } = found[name]!
    return [name, { shape, data: dtype === 'u32' ? new Uint32Array(data.buffer, data.byteOffset, data.length) : data }] as const
  })
  return Object.fromEntries(rows)
}

/** Runs the trunk into tensors on the device, which stay there. @returns false where there is no room for them; none of them stays then */
async function store(
  engine: Engine,
  split: SplitGraph,
  stored: StoredRows,
  feed: Feed,
  { batchSize, signal, onBatch }: Pick<PredictPass, 'batchSize' | 'signal' | 'onBatch'>,
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

/** What a head takes beside features, as it comes in batches. */
class Kept {
  readonly #size: number
  readonly #parts: Values[] = []

  constructor(size: number) {
    this.#size = size
  }

  push(rows: Values): void {
    this.#parts.push(rows.slice()) // whoever gave them may use the array again
  }

  rows(): { data: Values; size: number } {
    const length = this.#parts.reduce((sum, part) => sum + part.length, 0)
    const data = new (this.#parts[0]!.constructor as Float32ArrayConstructor)(length)
    let at = 0
    for (const part of this.#parts.splice(0)) {
      data.set(part, at)
      at += part.length
    }
    return { data, size: this.#size }
  }
}

/**
 * Features of samples that come in batches, and what else the head takes of them: in the host's memory, since nobody knows how many there
 * will be.
 * @param request the pass whose samples are kept
 */
export async function collectFeatures(
  engine: Engine,
  split: SplitGraph,
  source: Source,
  request: PassRequest,
  onBatch: (done: number) => void,
): Promise<Source> {
  const batchSize = split.features[0]!.shape[0]!
  const taken = new Set(split.head.nodes.flatMap((n) => (n.kind === 'input' ? [n.name] : [])))
  const kept = new Map<string, Kept>()
  const noting = async function* (batches: BatchStream): AsyncGenerator<Batch> {
    for await (const batch of batches) {
      for (const [name, { data, size }] of batch.feed.rows) {
        if (!taken.has(name)) continue
        if (!kept.has(name)) kept.set(name, new Kept(size))
        kept.get(name)!.push(data)
      }
      yield batch
    }
  }
  const pass = { batches: noting(source.batches(request)), count: source.count, batchSize, signal: request.signal, onBatch }
  const features = await featuresOf(engine, split, pass)
  const rows = new Map([...kept].map(([name, parts]) => [name, parts.rows()]))
  for (const [name, { shape, data }] of Object.entries(features)) rows.set(name, { data, size: sizeOf(shape.slice(1)) })
  return memorySource({ count: Object.values(features)[0]!.shape[0]!, rows })
}
