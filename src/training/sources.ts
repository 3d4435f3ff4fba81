/**
 * Where the samples of passes come in: from memory, from features that are kept, or from whatever else gives batches.
 * `fit` asks its source for the batches of each epoch, and knows nothing else about it.
 */
import { nthSeed, shuffled } from '../random.ts'
import { batchesOf, type BatchStream, type Feed } from './batches.ts'
import type { StoredRows } from './graphs.ts'

/** One pass over the samples. */
export interface PassRequest {
  readonly batchSize: number
  /** Samples of the pass that are done already. Default 0. */
  readonly from?: number
  /** Has the samples in an order that depends on the two numbers alone. Default: as they are. */
  readonly shuffle?: { readonly seed: number; readonly epoch: number }
}

export interface Source {
  /** Samples of a pass. */
  readonly count: number
  /** What of it is on the device; empty where all comes from the host. */
  readonly stored: StoredRows
  /** The batches of one pass. All but the last have `batchSize` rows. */
  batches(request: PassRequest): BatchStream
}

/** Rows that are in memory; and maybe on the device, where the feed has their numbers. */
export function memorySource(feed: Feed, stored: StoredRows = new Map()): Source {
  return {
    count: feed.count,
    stored,
    batches: ({ batchSize, from = 0, shuffle }) =>
      batchesOf(feed, batchSize, { from, ...(shuffle && { order: shuffled(feed.count, nthSeed(shuffle.seed, shuffle.epoch)) }) }),
  }
}
