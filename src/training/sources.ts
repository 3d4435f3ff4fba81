/**
 * Where the samples of passes come in: from memory, from features that are kept, or from whatever else gives batches.
 * `fit` asks its source for the batches of each epoch, and knows nothing else about it.
 */
import type { BatchOptions } from '../dataset.ts'
import { nthSeed, shuffled } from '../random.ts'
import { batchesOf, type BatchStream, type Feed } from './batches.ts'
import type { StoredRows } from './graphs.ts'

/** One pass over the samples. What is drawn for it depends on seed and epoch alone. */
export interface PassRequest extends BatchOptions {
  /** Samples of the pass that are done already. Default 0. */
  readonly from?: number
  /** Batches of the pass, those that are done included. Default: all that there are. */
  readonly steps?: number | undefined
}

/** What a pass asks for that trains nothing: samples as they are. */
export const inOrderBy = (batchSize: number, signal: AbortSignal | undefined, steps?: number): PassRequest => ({
  batchSize,
  epoch: 0,
  seed: 0,
  shuffle: false,
  steps,
  signal,
})

export interface Source {
  /** Samples of a pass; Infinity where nobody knows. */
  readonly count: number
  /** What of it is on the device; empty where all comes from the host. */
  readonly stored: StoredRows
  /** The batches of one pass. Of rows in memory, all but the last have `batchSize` rows; others are as they are given. */
  batches(request: PassRequest): BatchStream
}

/** Samples of a pass of so many steps. */
export const countOf = ({ count }: { readonly count: number }, batchSize: number, steps = Infinity): number =>
  Math.min(count, steps * batchSize)

/** Rows that are in memory; and maybe on the device, where the feed has their numbers. They are shuffled unless the request says otherwise. */
export function memorySource(feed: Feed, stored: StoredRows = new Map()): Source {
  return {
    count: feed.count,
    stored,
    batches: ({ batchSize, from = 0, steps, shuffle = true, seed, epoch }) => {
      const order = shuffle ? { order: shuffled(feed.count, nthSeed(seed, epoch)) } : {}
      return batchesOf(feed, batchSize, { from, to: countOf(feed, batchSize, steps), ...order })
    },
  }
}
